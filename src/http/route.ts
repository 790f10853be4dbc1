import type { Service } from '../operations/operation.ts'
import type { SignableRequest } from '../protocol/signable-request.ts'
import { scopeService } from '../protocol/sigv4-claim.ts'
import type { ErrorForm } from './answer-error.ts'
import { virtualHostBucket } from './s3-address.ts'

export type JsonService = Extract<Service, { protocol: 'json' }>
export type CborService = Extract<Service, { protocol: 'cbor' }>
export type RestJsonService = Extract<Service, { protocol: 'rest-json' }>
export type QueryService = Extract<Service, { protocol: 'query' }>

/** Who answers a request, and in which form its errors go out. */
export type Route =
  | { readonly kind: 'json'; readonly form: ErrorForm; readonly service: JsonService; readonly operation: string }
  | { readonly kind: 'query'; readonly form: ErrorForm; readonly service: QueryService }
  | { readonly kind: 'cbor'; readonly form: ErrorForm; readonly service: CborService; readonly operation: string }
  | {
      readonly kind: 'rest-json'
      readonly form: ErrorForm
      readonly service: RestJsonService
      readonly operation: string
    }
  | { readonly kind: 's3'; readonly form: ErrorForm; readonly bucket: string | undefined }
  | { readonly kind: 'own'; readonly form: ErrorForm }
  /** A browser at the front door. */
  | { readonly kind: 'console'; readonly form: ErrorForm }
  /** An AWS service, or a protocol of one, that is not here. */
  | { readonly kind: 'absent'; readonly form: ErrorForm; readonly what: string }

/** Scopes whose services speak Query where they speak neither JSON nor CBOR (wire 4). */
const QUERY_SCOPES: ReadonlySet<string> = new Set(['sts', 'iam', 'monitoring'])
/** The namespace of AWS's errors from before any service is known. */
const FAULT_NAMESPACE = 'http://webservices.amazon.com/AWSFault/2005-15-09'
const UNKNOWN_JSON: ErrorForm = { kind: 'json', version: '1.1', member: 'message' }
const UNKNOWN_QUERY: ErrorForm = { kind: 'query', namespace: FAULT_NAMESPACE }
const CBOR_PROTOCOL = 'rpc-v2-cbor'
/** A client's base path may come before (wire 1). */
const CBOR_PATH = /\/service\/([^/]+)\/operation\/([^/]+)$/
const S3: ErrorForm = { kind: 's3' }
const OWN: ErrorForm = { kind: 'own' }

/** Tells the services on the one port apart (wire 1). */
export class Router {
  readonly #byTarget = new Map<string, { readonly service: JsonService; readonly form: ErrorForm }>()
  readonly #byCborTarget = new Map<string, CborService>()
  readonly #byScope = new Map<string, QueryService>()
  readonly #restJson: RestJsonService[] = []
  readonly #baseDomains: readonly string[]

  constructor(services: readonly Service[], baseDomains: readonly string[]) {
    this.#baseDomains = baseDomains
    for (const service of services) {
      if (service.protocol === 'json') this.#byTarget.set(service.targetPrefix, { service, form: jsonForm(service) })
      else if (service.protocol === 'cbor') this.#byCborTarget.set(service.target, service)
      else if (service.protocol === 'rest-json') this.#restJson.push(service)
      else this.#byScope.set(service.name, service)
    }
  }

  route(head: SignableRequest): Route {
    const target = head.method === 'POST' ? head.headers['x-amz-target'] : undefined
    if (target !== undefined) return this.#jsonRoute(target)
    const bucket = virtualHostBucket(head.headers['host'], this.#baseDomains)
    if (bucket === undefined && isOwnPath(head.path)) return { kind: 'own', form: OWN }
    if (head.headers['smithy-protocol'] !== undefined) return this.#cborRoute(head)
    const scope = scopeService(head)
    if (scope !== undefined && scope !== 's3') return this.#scopeRoute(head, scope)
    if (scope === undefined && isQueryCall(head)) return { kind: 'absent', form: UNKNOWN_QUERY, what: 'this service' }
    if (scope === undefined && isBrowserAtTheDoor(head)) return { kind: 'console', form: OWN }
    return { kind: 's3', form: S3, bucket }
  }

  #jsonRoute(target: string): Route {
    const dot = target.lastIndexOf('.')
    const known = this.#byTarget.get(target.slice(0, Math.max(dot, 0)))
    if (!known) return { kind: 'absent', form: UNKNOWN_JSON, what: `X-Amz-Target ${target.slice(0, 128)}` }
    return { kind: 'json', ...known, operation: target.slice(dot + 1) }
  }

  #cborRoute({ method, path, headers }: SignableRequest): Route {
    const [, target = '', operation = ''] = CBOR_PATH.exec(path) ?? []
    const service = headers['smithy-protocol'] === CBOR_PROTOCOL ? this.#byCborTarget.get(target) : undefined
    if (service && method === 'POST') {
      return { kind: 'cbor', form: { kind: 'cbor', queryErrors: service.queryErrors }, service, operation }
    }
    const what = `${path.slice(0, 256)} by smithy-protocol ${headers['smithy-protocol']?.slice(0, 64)}`
    return { kind: 'absent', form: { kind: 'cbor' }, what }
  }

  #scopeRoute(head: SignableRequest, scope: string): Route {
    for (const rest of this.#restJson) {
      const operation = rest.scope === scope ? rest.routes[`${head.method} ${head.path}`] : undefined
      if (operation !== undefined) return { kind: 'rest-json', form: OWN, service: rest, operation }
    }
    const service = this.#byScope.get(scope)
    if (service) return { kind: 'query', form: { kind: 'query', namespace: service.xmlNamespace }, service }
    const what = `${head.method} ${head.path.slice(0, 128)} of service '${scope.slice(0, 64)}'`
    if (QUERY_SCOPES.has(scope) || isQueryCall(head)) return { kind: 'absent', form: UNKNOWN_QUERY, what }
    return { kind: 'absent', form: UNKNOWN_JSON, what }
  }
}

function jsonForm({ jsonVersion: version, errorMember: member, queryErrors }: JsonService): ErrorForm {
  return { kind: 'json', version, member, ...(queryErrors && { queryErrors }) }
}

function isOwnPath(path: string): boolean {
  return path === '/-' || path.startsWith('/-/')
}

/** A form, or the same in the query string of a GET. */
function isQueryCall(head: SignableRequest): boolean {
  if (head.method === 'POST')
    return head.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false
  return head.method === 'GET' && /(?:^|&)Action=/.test(head.query) && /(?:^|&)Version=/.test(head.query)
}

function isBrowserAtTheDoor(head: SignableRequest): boolean {
  const { method, path, query, headers } = head
  const isSigned = headers['authorization'] !== undefined || query !== ''
  return method === 'GET' && path === '/' && !isSigned && (headers['accept']?.includes('text/html') ?? false)
}
