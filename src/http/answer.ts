import { pipeline } from 'node:stream/promises'
import type { Readable } from 'node:stream'
import { errorCode } from '../util/error-code.ts'
import type { Exchange } from './exchange.ts'
import { ClientGoneError } from './read-body.ts'

export interface Answer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer | Readable
}

/** What every answer has beside its own headers. */
export interface AnswerContext {
  /** The `Date` header: JavaScript clients set their clock by it (wire 6). */
  readonly date: string
  readonly closing: boolean
  readonly idleMilliseconds: number
}

/** The stream of an answer's body has failed; its error is the cause. The connection was cut, so that no half answer looks whole. */
export class AnswerCutError extends Error {
  override readonly name = 'AnswerCutError'
  readonly code = 'AnswerCut'
}

/**
 * Writes an answer. To HEAD no body is sent.
 * @returns for a streamed one, what resolves when it has been handed over whole, and rejects with AnswerCutError or ClientGoneError
 */
export function sendAnswer(exchange: Exchange, answer: Answer, context: AnswerContext): Promise<void> | undefined {
  const { response } = exchange
  const { status, body } = answer
  if (response.destroyed) {
    release(body)
    return undefined
  }
  const headers: Record<string, string | number> = { ...answer.headers, date: context.date }
  if (context.closing || exchange.awaitsContinue) headers['connection'] = 'close'
  if (typeof body !== 'object' || Buffer.isBuffer(body)) {
    if (!exchange.isHead && status !== 204 && status !== 304) headers['content-length'] = byteLength(body)
    response.writeHead(status, headers).end(exchange.isHead ? undefined : body)
    return undefined
  }
  response.writeHead(status, headers)
  if (!exchange.isHead) return stream(exchange, body, context.idleMilliseconds)
  body.destroy()
  response.end()
  return undefined
}

async function stream(exchange: Exchange, body: Readable, idle: number): Promise<void> {
  const { socket } = exchange.request
  socket.setTimeout(idle)
  try {
    await pipeline(body, exchange.response)
  } catch (cause) {
    const isGone = errorCode(cause) === 'ERR_STREAM_PREMATURE_CLOSE'
    if (isGone) throw new ClientGoneError('The client closed the connection before its answer was whole.')
    throw new AnswerCutError('The body of an answer could not be read.', { cause })
  } finally {
    socket.setTimeout(0)
  }
}

function release(body: Answer['body']): void {
  if (typeof body === 'object' && !Buffer.isBuffer(body)) body.destroy()
}

function byteLength(body: string | Buffer | undefined): number {
  return body === undefined ? 0 : Buffer.byteLength(body)
}
