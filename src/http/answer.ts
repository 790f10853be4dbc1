import { pipeline } from 'node:stream/promises'
import type { Readable } from 'node:stream'
import type { Exchange } from './exchange.ts'

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

/**
 * Writes an answer; resolves when a streamed one has been handed over whole. To HEAD no body is sent.
 * @throws what the body's stream fails with; the connection is then cut, so that no half answer looks whole
 */
export async function sendAnswer(exchange: Exchange, answer: Answer, context: AnswerContext): Promise<void> {
  const { response } = exchange
  const { status, body } = answer
  if (response.destroyed) return release(body)
  const headers: Record<string, string | number> = { ...answer.headers, date: context.date }
  if (context.closing || exchange.awaitsContinue) headers['connection'] = 'close'
  if (typeof body !== 'object' || Buffer.isBuffer(body)) {
    if (!exchange.isHead && status !== 204 && status !== 304) headers['content-length'] = byteLength(body)
    response.writeHead(status, headers).end(exchange.isHead ? undefined : body)
    return
  }
  response.writeHead(status, headers)
  if (!exchange.isHead) return stream(exchange, body, context.idleMilliseconds)
  body.destroy()
  response.end()
}

async function stream(exchange: Exchange, body: Readable, idle: number): Promise<void> {
  const { socket } = exchange.request
  socket.setTimeout(idle)
  try {
    await pipeline(body, exchange.response)
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
