import { hash } from 'node:crypto'
import { RawJson, type Operation } from '../operations/operation.ts'
import { decodeJson, decodeJsonObject, encodeJson, jsonContentType } from '../protocol/aws-json.ts'
import { decodeQuery, encodeQueryResponse, type QueryCall } from '../protocol/aws-query.ts'
import { AwsError } from '../protocol/errors.ts'
import { readQueryInput } from '../protocol/query-input.ts'
import { CBOR_HEADERS, decodeCbor, encodeCbor } from '../protocol/rpc-cbor.ts'
import { authError, type AuthFamily } from '../protocol/signature-errors.ts'
import { EMPTY_SHA256 } from '../protocol/sigv4-canonical.ts'
import type { IdentifiedRequest, SignatureVerifier } from '../protocol/sigv4-verify.ts'
import { decodeInput } from '../protocol/validate.ts'
import type { Answer } from './answer.ts'
import { authFamily, rpcHeaders } from './answer-error.ts'
import { authorise, type Action } from './authorise.ts'
import type { Exchange } from './exchange.ts'
import { plainBody } from './plain-body.ts'
import { HttpCall } from './http-call.ts'
import type { HttpLimits } from './limits.ts'
import type { Route } from './route.ts'

export interface RpcContext {
  readonly verifier: SignatureVerifier
  readonly limits: HttpLimits
}

type RouteOf<Kind extends Route['kind']> = Extract<Route, { kind: Kind }>

/** One call of an AWS JSON service. @throws AwsError */
export async function handleJson(exchange: Exchange, route: RouteOf<'json'>, context: RpcContext): Promise<Answer> {
  const { service } = route
  const operation = findOperation(service.operations, route.operation)
  const called = { service: service.name, name: route.operation, operation }
  const { call, body } = await openCall(exchange, called, context)
  if (!operation) throw unknownOperation(`operation ${route.operation.slice(0, 128)} of ${service.name}`)
  const contentType = exchange.head.headers['content-type']
  const input = decodeJson(body, contentType, service.jsonVersion)
  const validation = service.validationCode ?? JSON_CODES.validation
  const output = await perform(operation, input, call, { ...JSON_CODES, validation })
  const headers = { ...rpcHeaders(exchange.requestId), 'content-type': jsonContentType(service.jsonVersion) }
  return { status: 200, headers, body: jsonText(output, service) }
}

/** One call of a service by RPC v2 CBOR. @throws AwsError */
export async function handleCbor(exchange: Exchange, route: RouteOf<'cbor'>, context: RpcContext): Promise<Answer> {
  const { service } = route
  const operation = findOperation(service.operations, route.operation)
  const called = { service: service.name, name: route.operation, operation }
  const { call, body } = await openCall(exchange, called, context)
  if (!operation) throw unknownOperation(`operation ${route.operation.slice(0, 128)} of ${service.name}`)
  const validation = QUERY_CODES.validation
  const output = await perform(operation, decodeCbor(body), call, { ...JSON_CODES, validation })
  if (output instanceof RawJson) throw new TypeError(`${route.operation} answers JSON to a CBOR call`)
  const headers = { ...rpcHeaders(exchange.requestId), ...CBOR_HEADERS }
  return { status: 200, headers, body: encodeCbor(output ?? {}) }
}

/** One call of a REST JSON service, none of whose members are in the path or the headers. @throws AwsError */
export async function handleRestJson(
  exchange: Exchange,
  route: RouteOf<'rest-json'>,
  context: RpcContext,
): Promise<Answer> {
  const { service, operation: name } = route
  const operation = findOperation(service.operations, name)
  const { call, body } = await openCall(exchange, { service: service.scope, name, operation }, context)
  if (!operation) throw new TypeError(`${name} has a route and is no operation`)
  const output = await perform(operation, decodeJsonObject(body), call, JSON_CODES)
  if (output instanceof RawJson) throw new TypeError(`${name} answers JSON text`)
  const headers = { ...rpcHeaders(exchange.requestId), 'content-type': 'application/json' }
  return { status: 200, headers, body: JSON.stringify(output ?? {}) }
}

/** What is called, by which name of which service. */
interface Called {
  readonly service: string
  readonly name: string
  /** undefined where there is none of the name. */
  readonly operation: Operation | undefined
}

/** What is not there changes nothing: it is said to be unknown to everybody but jobs, who may not ask. */
function actionOf(family: AuthFamily, { service, name, operation }: Called): Action {
  const { access = 'read', byJobs = false } = operation ?? {}
  return { family, service, operation: name, access, byJobs }
}

/** What every call of a JSON or CBOR service goes through before it is decoded: who has signed it, and whether he may. @throws AwsError */
async function openCall(
  exchange: Exchange,
  called: Called,
  context: RpcContext,
): Promise<{ readonly call: HttpCall; readonly body: Buffer }> {
  const { service } = called
  const { identified, bodyHash, body } = await verifiedBody(exchange, { family: 'json', service }, context)
  const call = new HttpCall(exchange, identified, bodyHash)
  authorise(call.principal, actionOf('json', called))
  return { call, body }
}

/** One call of a Query service, as a form or as the query string of a GET. @throws AwsError */
export async function handleQuery(exchange: Exchange, route: RouteOf<'query'>, context: RpcContext): Promise<Answer> {
  const { service } = route
  const verified = await verifiedBody(exchange, { family: 'query', service: service.name }, context)
  const query = decodeQuery(exchange.head.method === 'GET' ? exchange.head.query : verified.body.toString('utf8'))
  const call = new HttpCall(exchange, verified.identified, verified.bodyHash)
  const operation = findOperation(service.operations, query.action)
  authorise(call.principal, actionOf('query', { service: service.name, name: query.action, operation }))
  if (!operation || query.version !== service.version) throw invalidAction(query)
  const output = await perform(operation, readQueryInput(operation.input, query.input), call, QUERY_CODES)
  const { requestId } = exchange
  if (output instanceof RawJson) throw new TypeError(`${query.action} answers JSON to a Query call`)
  const body = encodeQueryResponse(query.action, output, { namespace: service.xmlNamespace, requestId })
  return { status: 200, headers: { ...rpcHeaders(requestId), 'content-type': 'text/xml' }, body }
}

/** An AWS service that is not here says so, in its own form, to those who may know. @throws AwsError always */
export async function refuseAbsent(exchange: Exchange, route: RouteOf<'absent'>, context: RpcContext): Promise<never> {
  const family = authFamily(route.form)
  await verifiedBody(exchange, { family }, context)
  if (family === 'query') throw new AwsError('InvalidAction', `This server does not have ${route.what}.`)
  throw unknownOperation(route.what)
}

export interface VerifiedBody {
  readonly identified: IdentifiedRequest
  readonly body: Buffer
  /** SHA-256, hex. */
  readonly bodyHash: string
}

/** Reads the body for a key that exists, and verifies the signature over it. @throws AwsError, ClientGoneError */
export async function verifiedBody(
  exchange: Exchange,
  expectation: { readonly family: AuthFamily; readonly service?: string },
  context: RpcContext,
): Promise<VerifiedBody> {
  const { head } = exchange
  const { verifier, limits } = context
  const identified = await verifier.identify(head, expectation)
  const whole = exchange.whole(limits)
  const body = whole instanceof Promise ? await whole : whole
  const bodyHash = body.length === 0 ? EMPTY_SHA256 : hash('sha256', body, 'hex')
  const claimed = head.headers['x-amz-content-sha256']
  // Whatever word stands there instead of a hash would leave the body unsigned.
  if (claimed !== undefined && claimed !== bodyHash) throw authError(expectation.family, 'wrong-signature')
  verifier.verify(head, identified, bodyHash)
  const plain = plainBody(head, body, limits.rpcBodyBytes)
  return { identified, body: plain instanceof Promise ? await plain : plain, bodyHash }
}

function findOperation(operations: Readonly<Record<string, Operation>>, name: string): Operation | undefined {
  return Object.hasOwn(operations, name) ? operations[name] : undefined
}

/** What a protocol calls an input that breaks its shape. */
interface InputCodes {
  /** A constraint is broken. */
  readonly validation: string
  /** A member has another type. */
  readonly serialization: string
}

const JSON_CODES: InputCodes = { validation: 'ValidationException', serialization: 'SerializationException' }
const QUERY_CODES: InputCodes = { validation: 'ValidationError', serialization: 'MalformedInput' }

function perform(
  operation: Operation,
  input: unknown,
  call: HttpCall,
  codes: InputCodes,
): Promise<object | RawJson | undefined> {
  const decoded = decodeInput(operation.input, input)
  if (decoded.kind === 'valid') return operation.handle(decoded.value, call)
  throw new AwsError(codes[decoded.kind], decoded.text)
}

/** Only what was made for several protocols holds dates, and looking for them makes long answers slow. */
function jsonText(output: object | RawJson | undefined, { queryErrors }: RouteOf<'json'>['service']): string {
  if (output === undefined) return ''
  if (output instanceof RawJson) return output.text
  return queryErrors ? encodeJson(output) : JSON.stringify(output)
}

function unknownOperation(what: string): AwsError {
  return new AwsError('UnknownOperationException', `This server does not have ${what}.`)
}

function invalidAction({ action, version }: QueryCall): AwsError {
  return new AwsError(
    'InvalidAction',
    `Could not find operation ${action.slice(0, 128)} for version ${version.slice(0, 32)}`,
  )
}
