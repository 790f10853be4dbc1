import { decodeJsonObject } from '../protocol/aws-json.ts'
import { AwsError } from '../protocol/errors.ts'
import { decodePairs } from '../protocol/uri.ts'
import type { Answer } from './answer.ts'
import { rpcHeaders } from './answer-error.ts'
import { accessByMethod, authorise } from './authorise.ts'
import type { Exchange } from './exchange.ts'
import { verifiedBody, type RpcContext } from './handle-rpc.ts'
import { HttpCall } from './http-call.ts'
import { ALIVE, OWN_SERVICE, type OwnResponse, type OwnRouteTable } from './own-routes.ts'
import { hostName } from './s3-address.ts'

export interface OwnContext extends RpcContext {
  readonly routes: OwnRouteTable
  /** In lower case, without port. */
  readonly allowedHosts: ReadonlySet<string>
  readonly health: () => Promise<OwnResponse>
}

/** One of the server's own routes. @throws AwsError */
export async function handleOwn(exchange: Exchange, context: OwnContext): Promise<Answer> {
  const { method, path, query } = exchange.head
  checkHost(exchange, context.allowedHosts)
  if (method === 'GET' || method === 'HEAD') {
    if (path === '/-/health') return ownAnswer(exchange, await context.health())
    if (path === CONSOLE) return noConsole(exchange)
    if (path === '/-/health/live') return ownAnswer(exchange, ALIVE)
  }
  const verified = await verifiedBody(exchange, { family: 'json', service: OWN_SERVICE }, context)
  const call = new HttpCall(exchange, verified.identified, verified.bodyHash)
  authorise(call.principal, {
    family: 'json',
    service: OWN_SERVICE,
    operation: method,
    access: accessByMethod(method),
    byJobs: false,
  })
  const { handler, parameters } = context.routes.match(method, path)
  const body = decodeJsonObject(verified.body)
  const response = await handler({ parameters, query: new Map(decodePairs(query)), body }, call)
  return ownAnswer(exchange, response)
}

const CONSOLE = '/-/console'

const NO_CONSOLE = `This is Trainyard. It speaks the Amazon SageMaker training API to AWS clients, and has no page for browsers.

Point a shell at it:  eval "$(trainyard env)"
See its jobs:         trainyard jobs
Is it well:           /-/health
`

/** Who opens the server's address in a browser is told what it is for. */
function noConsole(exchange: Exchange): Answer {
  const headers = { ...rpcHeaders(exchange.requestId), 'content-type': 'text/plain; charset=utf-8' }
  return { status: 404, headers, body: NO_CONSOLE }
}

/** The console is where a browser that asks for `/` wants to be. */
export function redirectToConsole(exchange: Exchange): Answer {
  return { status: 302, headers: { ...rpcHeaders(exchange.requestId), location: CONSOLE } }
}

/** A name that an attacker's DNS points here (rebinding) is not in the list. */
function checkHost(exchange: Exchange, allowed: ReadonlySet<string>): void {
  const { host } = exchange.head.headers
  if (allowed.has(hostName(host))) return
  throw new AwsError(
    'MisdirectedRequest',
    `The host '${host?.slice(0, 256) ?? ''}' is not a name of this server; it answers to ${[...allowed].join(', ')}.`,
    { status: 421 },
  )
}

function ownAnswer(exchange: Exchange, { status, body }: OwnResponse): Answer {
  const headers = { ...rpcHeaders(exchange.requestId), 'content-type': 'application/json', 'cache-control': 'no-store' }
  return { status, headers, body: JSON.stringify(body) }
}
