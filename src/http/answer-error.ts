import type { QueryErrors } from '../operations/operation.ts'
import { encodeJsonError, jsonContentType, type JsonVersion } from '../protocol/aws-json.ts'
import { encodeQueryError } from '../protocol/aws-query.ts'
import { AwsError } from '../protocol/errors.ts'
import { encodeS3Error } from '../protocol/rest-xml.ts'
import { CBOR_HEADERS, encodeCborError } from '../protocol/rpc-cbor.ts'
import type { AuthFamily } from '../protocol/signature-errors.ts'
import type { Answer } from './answer.ts'
import type { Exchange } from './exchange.ts'

/** The wire form in which a client expects its errors. */
export type ErrorForm =
  | {
      readonly kind: 'json'
      readonly version: JsonVersion
      readonly member: 'message' | 'Message'
      readonly queryErrors?: QueryErrors
    }
  | { readonly kind: 'query'; readonly namespace: string }
  | { readonly kind: 'cbor'; readonly queryErrors?: QueryErrors }
  | { readonly kind: 's3' }
  | { readonly kind: 'own' }

/** The codes for bad signatures that go with a form. */
export function authFamily(form: ErrorForm): AuthFamily {
  return form.kind === 's3' || form.kind === 'query' ? form.kind : 'json'
}

/** An error in the form of its protocol (wire 2 to 5). */
export function errorAnswer(exchange: Exchange, form: ErrorForm, error: AwsError): Answer {
  const { requestId } = exchange
  const { status } = error
  switch (form.kind) {
    case 'json': {
      const { version, member, queryErrors } = form
      const headers = { ...rpcHeaders(requestId), ...queryHeader(error, queryErrors) }
      const body = encodeJsonError(error, member, queryErrors?.[error.code])
      return { status, headers: { ...headers, 'content-type': jsonContentType(version) }, body }
    }
    case 'query': {
      const headers = { ...rpcHeaders(requestId), 'content-type': 'text/xml' }
      return { status, headers, body: encodeQueryError(error, { namespace: form.namespace, requestId }) }
    }
    case 'cbor': {
      const headers = { ...rpcHeaders(requestId), ...queryHeader(error, form.queryErrors), ...CBOR_HEADERS }
      return { status, headers, body: encodeCborError(error, form.queryErrors?.[error.code]) }
    }
    case 'own': {
      const headers = { ...rpcHeaders(requestId), 'content-type': 'application/json' }
      return { status, headers, body: encodeJsonError(error, 'message') }
    }
    case 's3':
      return s3ErrorAnswer(exchange, error)
    default:
      return form satisfies never
  }
}

/** The client learns nothing of what went wrong here but the request id under which it is logged. */
export function internalError(form: ErrorForm): AwsError {
  if (form.kind === 's3')
    return new AwsError('InternalError', 'We encountered an internal error. Please try again.', { status: 500 })
  return new AwsError('InternalFailure', 'The request processing has failed because of an unknown error.', {
    status: 500,
  })
}

export function rpcHeaders(requestId: string): Record<string, string> {
  return { 'x-amzn-requestid': requestId }
}

/** A job's HTML must never run in this server's origin, hence the sandbox (design, Security). */
export function s3Headers(requestId: string): Record<string, string> {
  return {
    'x-amz-request-id': requestId,
    'x-amz-id-2': hostId(requestId),
    'content-security-policy': 'sandbox',
    'x-content-type-options': 'nosniff',
  }
}

/** The code that Query clients know, for those that speak another protocol now (wire 4). */
function queryHeader({ code, status }: AwsError, queryErrors: QueryErrors | undefined): Record<string, string> {
  return queryErrors ? { 'x-amzn-query-error': `${code};${status < 500 ? 'Sender' : 'Receiver'}` } : {}
}

function s3ErrorAnswer(exchange: Exchange, error: AwsError): Answer {
  const { requestId, head } = exchange
  const headers = { ...s3Headers(requestId), 'content-type': 'application/xml', ...regionHeader(error) }
  const body = encodeS3Error(error, { resource: head.path, requestId, hostId: hostId(requestId) })
  // Codes whose answers have no body by definition of HTTP.
  if (exchange.isHead || error.status === 304) return { status: error.status, headers }
  return { status: error.status, headers, body }
}

function regionHeader(error: AwsError): Record<string, string> {
  const region = error.details['Region']
  return region === undefined ? {} : { 'x-amz-bucket-region': region }
}

/** S3's second id names a host; there is one here, so it is the first again. */
function hostId(requestId: string): string {
  return Buffer.from(requestId).toString('base64')
}
