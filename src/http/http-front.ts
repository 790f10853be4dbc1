import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Server as ListeningServer, Socket } from 'node:net'
import type { Logger } from 'pino'
import type { WireClock } from '../clock/clock.ts'
import type { CredentialSource } from '../identity/principal.ts'
import type { Service } from '../operations/operation.ts'
import type { S3Service } from '../operations/s3/s3-request.ts'
import { SignatureVerifier } from '../protocol/sigv4-verify.ts'
import type { Ids } from '../util/ids.ts'
import { Connections } from './connections.ts'
import { Dispatcher } from './dispatcher.ts'
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from './limits.ts'
import { ALIVE, OwnRouteTable, type OwnResponse, type OwnRoutes } from './own-routes.ts'
import { Router } from './route.ts'

/**
 * Not imported: an import asks a module of Node's for everything that it has, and one thing that node:http has is a WebSocket, for which Node reads its whole fetch
 * client. That is a third of the time that a bare server takes to start, and several megabytes.
 */
const { createServer } = process.getBuiltinModule('node:http')

export interface HttpFrontOptions {
  readonly services: readonly Service[]
  readonly s3: S3Service
  readonly own: OwnRoutes
  /** What `GET /-/health` answers, unsigned; without it, that the server is there. */
  readonly health?: () => Promise<OwnResponse>
  readonly credentials: CredentialSource
  readonly wireClock: WireClock
  readonly ids: Ids
  readonly log: Logger
  /** In place of the defaults. */
  readonly limits?: Partial<HttpLimits>
  /** Names, without port, under which our own routes may be asked for: `127.0.0.1`, `localhost`, `[::1]`. */
  readonly allowedHosts: readonly string[]
  /** Domains below which a host name is a bucket. */
  readonly baseDomains?: readonly string[]
  /** Named to S3 clients whose signature has no well-formed region. */
  readonly region?: string
}

export interface ListenOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** PEM texts. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer }
}

export interface HttpFront {
  /** Resolves when requests are accepted; may be called for several addresses. @throws the system's error, `EADDRINUSE` for one */
  listen(options: ListenOptions): Promise<{ readonly port: number }>
  /** Answers what connects to a socket that listens already, without TLS, until that is closed. */
  accept(listening: ListeningServer): { close(): Promise<void> }
  /** Accepts nothing new, lets requests under way finish within a bound, then cuts what is left. Idempotent. */
  close(): Promise<void>
}

/** All the wires on one port (wire 1). */
export function createHttpFront(options: HttpFrontOptions): HttpFront {
  const limits: HttpLimits = { ...DEFAULT_HTTP_LIMITS, ...options.limits }
  const dispatcher = new Dispatcher({
    router: new Router(options.services, options.baseDomains ?? ['localhost', 's3.localhost']),
    routes: new OwnRouteTable(options.own),
    verifier: new SignatureVerifier({
      credentials: options.credentials,
      clock: options.wireClock,
      defaultRegion: options.region ?? 'us-east-1',
    }),
    allowedHosts: new Set(options.allowedHosts.map((host) => host.toLowerCase())),
    s3: options.s3,
    health: options.health ?? (() => Promise.resolve(ALIVE)),
    wireClock: options.wireClock,
    ids: options.ids,
    log: options.log,
    limits,
  })
  return new NodeHttpFront(dispatcher, limits)
}

class NodeHttpFront implements HttpFront {
  readonly #dispatcher: Dispatcher
  readonly #limits: HttpLimits
  readonly #servers = new Set<Server>()
  readonly #connections: Connections
  #closed: Promise<void> | undefined

  constructor(dispatcher: Dispatcher, limits: HttpLimits) {
    this.#dispatcher = dispatcher
    this.#limits = limits
    this.#connections = new Connections(limits.connections)
  }

  async listen({ host, port, tls }: ListenOptions): Promise<{ readonly port: number }> {
    const server = this.#createServer(tls)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ host, port }, () => {
        server.off('error', reject)
        resolve()
      })
    })
    this.#servers.add(server)
    // A server that listens on a port has an address of this form.
    return { port: (server.address() as AddressInfo).port }
  }

  accept(listening: ListeningServer): { close(): Promise<void> } {
    const server = this.#createServer().listen(listening)
    this.#servers.add(server)
    const close = () => {
      this.#servers.delete(server)
      server.closeAllConnections()
      return closeWithin(server, 0)
    }
    return { close }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#dispatcher.close()
    this.#connections.endFresh()
    await Promise.all(Array.from(this.#servers, (server) => closeWithin(server, this.#limits.closeMilliseconds)))
  }

  #createServer(tls?: ListenOptions['tls']): Server {
    const server = createNodeServer(this.#limits, tls)
    // Below this bound the oldest idle connection makes room for a new one; it counts those too that never get through a TLS handshake.
    server.maxConnections = 2 * this.#limits.connections
    server.on('request', this.#handle(false)).on('checkContinue', this.#handle(true))
    server.on('clientError', (error, socket) => this.#dispatcher.refuseMalformed(error, socket))
    server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => this.#connections.add(socket))
    return server
  }

  #handle(awaitsContinue: boolean): RequestListener {
    const dispatcher = this.#dispatcher
    return (request: IncomingMessage, response: ServerResponse) => {
      this.#connections.busy(request.socket)
      response.on('close', () => this.#connections.idle(request.socket))
      dispatcher.dispatch({ request, response, awaitsContinue })
    }
  }
}

async function closeWithin(server: Server, milliseconds: number): Promise<void> {
  const ended = new Promise<void>((resolve) => server.close(() => resolve()))
  const timer = setTimeout(() => server.closeAllConnections(), milliseconds)
  await ended
  clearTimeout(timer)
}

function createNodeServer(limits: HttpLimits, tls: ListenOptions['tls']): Server {
  const options = {
    keepAliveTimeout: limits.keepAliveMilliseconds,
    headersTimeout: limits.headMilliseconds,
    // Bodies have bounds of their own: a large upload over a slow line is no attack.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(limits.headMilliseconds, 10_000),
    maxHeaderSize: limits.headerBytes,
  }
  return tls ? process.getBuiltinModule('node:https').createServer({ ...options, ...tls }) : createServer(options)
}
