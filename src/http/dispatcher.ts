import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import type { WireClock } from '../clock/clock.ts'
import type { S3Service } from '../operations/s3/s3-request.ts'
import { AwsError } from '../protocol/errors.ts'
import type { SignatureVerifier } from '../protocol/sigv4-verify.ts'
import type { Ids } from '../util/ids.ts'
import { errorAnswer, internalError } from './answer-error.ts'
import { AnswerCutError, sendAnswer, type Answer, type AnswerContext } from './answer.ts'
import { Exchange, type Arrival } from './exchange.ts'
import { handleOwn, redirectToConsole } from './handle-own.ts'
import { handleCbor, handleJson, handleQuery, handleRestJson, refuseAbsent } from './handle-rpc.ts'
import { handleS3 } from './handle-s3.ts'
import type { HttpLimits } from './limits.ts'
import { answerMalformedHttp } from './malformed-http.ts'
import type { OwnResponse, OwnRouteTable } from './own-routes.ts'
import { ClientGoneError } from './read-body.ts'
import type { Route, Router } from './route.ts'

export interface DispatcherOptions {
  readonly router: Router
  readonly routes: OwnRouteTable
  readonly verifier: SignatureVerifier
  readonly allowedHosts: ReadonlySet<string>
  readonly s3: S3Service
  readonly health: () => Promise<OwnResponse>
  readonly wireClock: WireClock
  readonly ids: Ids
  readonly log: Logger
  readonly limits: HttpLimits
}

const NOT_IMPLEMENTED = 501

/** Brings each request to its service and the answer back; the one place where errors become answers. */
export class Dispatcher {
  readonly #options: DispatcherOptions
  /** Requests of this turn of the event loop. */
  #arrived: Arrival[] = []
  /** Answered, but still sending. */
  readonly #lingering = new Set<IncomingMessage>()
  #isClosing = false
  #dateSecond = 0
  #date = ''

  constructor(options: DispatcherOptions) {
    this.#options = options
  }

  /** From now on each answer is the last one on its connection, and nobody is waited for who has had his. */
  close(): void {
    this.#isClosing = true
    for (const request of this.#lingering) request.destroy()
  }

  /**
   * Handles a request at the end of this turn of the event loop, with all others that come in it. Node hands a request over when its head is there; at the end of
   * the turn so is the body, if it came with the head, and nobody has to wait for it.
   */
  dispatch(arrival: Arrival): void {
    if (this.#arrived.push(arrival) === 1) setImmediate(() => this.#handleArrived())
  }

  #handleArrived(): void {
    const arrived = this.#arrived
    this.#arrived = []
    for (const arrival of arrived) if (!arrival.response.destroyed) void this.#handle(arrival)
  }

  /** Never rejects: whatever goes wrong is answered, or the connection is cut. */
  async #handle(arrival: Arrival): Promise<void> {
    const { ids, router, log } = this.#options
    const exchange = new Exchange(arrival, ids.requestId())
    const begun = log.isLevelEnabled('debug') ? performance.now() : 0
    exchange.response.sendDate = false
    exchange.response.on('close', () => this.#finish(exchange)).on('error', ignore)
    const route = router.route(exchange.head)
    try {
      const streaming = this.#send(exchange, await this.#answer(exchange, route))
      if (streaming) await streaming
    } catch (error) {
      await this.#sendError(exchange, route, error)
    }
    if (log.isLevelEnabled('debug')) this.#logRequest(exchange, route, performance.now() - begun)
  }

  /** Bytes that are no HTTP request: they have an answer and an id as well. */
  refuseMalformed(error: Error, socket: Duplex): void {
    const { ids, log } = this.#options
    const requestId = ids.requestId()
    answerMalformedHttp(error, socket, requestId)
    log.debug({ requestId, err: error }, 'not an HTTP request')
  }

  #answer(exchange: Exchange, route: Route): Promise<Answer> {
    switch (route.kind) {
      case 'json':
        return handleJson(exchange, route, this.#options)
      case 'cbor':
        return handleCbor(exchange, route, this.#options)
      case 'rest-json':
        return handleRestJson(exchange, route, this.#options)
      case 'query':
        return handleQuery(exchange, route, this.#options)
      case 's3':
        return handleS3(exchange, route.bucket, this.#options)
      case 'own':
        return handleOwn(exchange, this.#options)
      case 'console':
        return Promise.resolve(redirectToConsole(exchange))
      case 'absent':
        return refuseAbsent(exchange, route, this.#options)
      default:
        return route satisfies never
    }
  }

  #send(exchange: Exchange, answer: Answer): Promise<void> | undefined {
    return sendAnswer(exchange, answer, this.#context())
  }

  async #sendError(exchange: Exchange, route: Route, error: unknown): Promise<void> {
    const { response } = exchange
    this.#logUnexpected(exchange, error)
    // An answer that has begun cannot become an error; cut short it cannot be taken for whole.
    if (response.destroyed || response.headersSent || error instanceof ClientGoneError) {
      response.destroy()
      return
    }
    const { form } = route
    const known = error instanceof AwsError ? error : internalError(form)
    try {
      await this.#send(exchange, errorAnswer(exchange, form, known))
    } catch {
      response.destroy()
    }
  }

  #logUnexpected({ requestId, response }: Exchange, error: unknown): void {
    if (error instanceof ClientGoneError) return
    if (error instanceof AwsError) {
      // Foreseen, but the server's own trouble and not the caller's: a full disk for one.
      const { code, status } = error
      if (status >= 500 && status !== NOT_IMPLEMENTED)
        this.#options.log.warn({ requestId, code, err: error }, 'request refused')
      return
    }
    // Whatever fails after the client has gone fails because of it, but for the stream that was being sent to it.
    if (response.destroyed && !(error instanceof AnswerCutError)) return
    this.#options.log.error({ requestId, err: error }, 'request failed')
  }

  #context(): AnswerContext {
    const { wireClock, limits } = this.#options
    const second = Math.floor(wireClock.now() / 1000)
    if (second !== this.#dateSecond) {
      this.#dateSecond = second
      this.#date = new Date(second * 1000).toUTCString()
    }
    return { date: this.#date, closing: this.#isClosing, idleMilliseconds: limits.idleMilliseconds }
  }

  /** The answer is out or the client gone. A body that nobody read is let flow by for a while, so that the client sees its answer. */
  #finish(exchange: Exchange): void {
    const { request, response } = exchange
    if (!response.writableFinished) exchange.abort()
    if (request.complete || request.destroyed) return
    if (this.#isClosing) request.destroy()
    else this.#linger(request)
  }

  #linger(request: IncomingMessage): void {
    const timer = setTimeout(() => request.destroy(), this.#options.limits.lingerMilliseconds)
    const over = () => {
      clearTimeout(timer)
      this.#lingering.delete(request)
    }
    this.#lingering.add(request)
    request.on('error', ignore).once('close', over).resume()
  }

  #logRequest({ requestId, head, response }: Exchange, route: Route, took: number): void {
    // Without the query: a presigned one is a credential.
    const { method, path } = head
    const operation = route.kind === 'json' ? { operation: route.operation } : {}
    const milliseconds = Math.round(took * 1000) / 1000
    const fields = {
      requestId,
      route: route.kind,
      ...operation,
      method,
      path,
      status: response.statusCode,
      milliseconds,
    }
    this.#options.log.debug(fields, 'request answered')
  }
}

function ignore(): void {}
