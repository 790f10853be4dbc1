import type { Call } from '../operations/operation.ts'
import { AwsError } from '../protocol/errors.ts'
import { uriDecode } from '../protocol/uri.ts'

/** A request for one of the server's own routes, after its signature has been verified. */
export interface OwnRequest {
  /** What the pattern names: `{ name: 'j' }` for `/-/jobs/:name`; decoded. */
  readonly parameters: Readonly<Record<string, string>>
  readonly query: ReadonlyMap<string, string>
  /** The members of the JSON body; empty without one. */
  readonly body: object
}

export interface OwnResponse {
  readonly status: number
  readonly body: object
}

/** @throws AwsError, answered as JSON with `__type` and `message` */
export type OwnHandler = (request: OwnRequest, call: Call) => Promise<OwnResponse>

/**
 * The server's own routes by `METHOD /-/path`, with `:name` for a path segment: `GET /-/jobs/:name`. All are signed, with the service
 * name `trainyard` in the scope. `GET /-/health` and `GET /-/health/live` are answered without any of these and unsigned.
 */
export type OwnRoutes = Readonly<Record<string, OwnHandler>>

/** The service name in the scope of signatures for our own routes. */
export const OWN_SERVICE = 'trainyard'

/** What a server that answers at all says of its health: nothing is looked at. */
export const ALIVE: OwnResponse = { status: 200, body: { status: 'ok' } }

interface CompiledRoute {
  readonly method: string
  readonly segments: readonly string[]
  readonly handler: OwnHandler
}

interface OwnMatch {
  readonly handler: OwnHandler
  readonly parameters: Readonly<Record<string, string>>
}

export class OwnRouteTable {
  readonly #routes: readonly CompiledRoute[]

  constructor(routes: OwnRoutes) {
    this.#routes = Object.entries(routes).map(([pattern, handler]) => compile(pattern, handler))
  }

  /** @param path still encoded @throws AwsError `NotFound` (404), `MethodNotAllowed` (405) */
  match(method: string, path: string): OwnMatch {
    const segments = path.split('/')
    const onPath = this.#routes.filter((route) => fits(route, segments))
    const route = onPath.find((candidate) => candidate.method === method)
    if (route) return { handler: route.handler, parameters: parametersOf(route, segments) }
    if (onPath.length === 0)
      throw new AwsError('NotFound', `There is no route ${path.slice(0, 256)} on this server.`, { status: 404 })
    const allowed = onPath.map((candidate) => candidate.method).join(', ')
    throw new AwsError('MethodNotAllowed', `The route ${path.slice(0, 256)} takes ${allowed} only.`, { status: 405 })
  }
}

function compile(pattern: string, handler: OwnHandler): CompiledRoute {
  const [method = '', path = ''] = pattern.split(' ')
  if (!path.startsWith('/-/')) throw new TypeError(`Own route '${pattern}' is not of the form 'METHOD /-/path'`)
  return { method, segments: path.split('/'), handler }
}

function fits(route: CompiledRoute, segments: readonly string[]): boolean {
  if (route.segments.length !== segments.length) return false
  return route.segments.every((part, at) => (part.startsWith(':') ? segments[at] !== '' : part === segments[at]))
}

function parametersOf(route: CompiledRoute, segments: readonly string[]): Record<string, string> {
  const parameters: Record<string, string> = {}
  for (const [at, part] of route.segments.entries())
    if (part.startsWith(':')) parameters[part.slice(1)] = uriDecode(segments[at] ?? '')
  return parameters
}
