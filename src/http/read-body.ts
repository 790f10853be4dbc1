import type { IncomingMessage } from 'node:http'
import { AwsError } from '../protocol/errors.ts'

/** The client has gone before its request or its answer was whole: there is nobody to answer. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError'
  readonly code = 'ClientGone'
}

/**
 * The body as it comes, read no faster than it is consumed. Ending the iteration early leaves the connection alone.
 * @param idle milliseconds without a byte
 * @throws ClientGoneError, AwsError `RequestTimeout`
 */
export async function* readChunks(request: IncomingMessage, idle: number): AsyncGenerator<Buffer, void, undefined> {
  const signals = new BodySignals(request, idle)
  try {
    for (;;) {
      // Without an encoding set a request's stream yields buffers only.
      const chunk = request.read() as Buffer | null
      if (chunk !== null) yield chunk
      else if (request.readableEnded) return
      else await signals.next()
    }
  } finally {
    signals.release()
  }
}

/**
 * The body, where all of it came with the head, as most do: then it can be had without waiting, and without a timer and listeners.
 * @returns undefined where there is more to come @throws AwsError `RequestEntityTooLargeException` (413)
 */
export function readArrived(request: IncomingMessage, bytes: number): Buffer | undefined {
  if (!request.complete || request.destroyed) return undefined
  if (request.readableLength > bytes) throw tooLarge(bytes)
  // Without an encoding set a request's stream yields buffers only; at its end it yields null.
  return (request.read() as Buffer | null) ?? Buffer.alloc(0)
}

/**
 * The whole body, bounded in size and time.
 * @throws ClientGoneError, AwsError `RequestEntityTooLargeException` (413), `RequestTimeoutException` (408)
 */
export function readWhole(request: IncomingMessage, bytes: number, milliseconds: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const timer = setTimeout(() => finish(timedOut()), milliseconds)
    const take = (chunk: Buffer) => {
      length += chunk.length
      if (length > bytes) return finish(tooLarge(bytes))
      chunks.push(chunk)
    }
    const end = () => finish(undefined)
    const gone = () => finish(clientGone())
    const finish = (error: Error | undefined) => {
      clearTimeout(timer)
      request.off('data', take).off('end', end).off('close', gone).off('error', gone)
      if (error) return reject(error)
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))
    }
    request.on('data', take).on('end', end).on('close', gone).on('error', gone)
    if (request.destroyed && !request.readableEnded) gone()
  })
}

/** @throws AwsError `RequestEntityTooLargeException` for a body that says itself that it is too long */
export function checkDeclaredLength(contentLength: string | undefined, bytes: number): void {
  if (contentLength !== undefined && Number(contentLength) > bytes) throw tooLarge(bytes)
}

/** Wakes a reader when there is something to read or a reason to stop; a wake that comes early is kept. */
class BodySignals {
  readonly #request: IncomingMessage
  readonly #idle: number
  #wake: (() => void) | undefined
  #isPending = false
  #failure: Error | undefined
  readonly #ready = () => this.#signal()
  readonly #gone = () => this.#fail(clientGone())
  // A quiet line while nobody waits for it is the reader's doing.
  readonly #timeout = () => {
    if (this.#wake) this.#fail(idleTooLong())
  }

  constructor(request: IncomingMessage, idle: number) {
    this.#request = request
    this.#idle = idle
    request.on('readable', this.#ready).on('end', this.#ready)
    request.on('error', this.#gone).on('close', this.#gone).on('timeout', this.#timeout)
    if (request.destroyed && !request.readableEnded) this.#gone()
  }

  async next(): Promise<void> {
    if (!this.#isPending && !this.#failure) {
      this.#request.socket.setTimeout(this.#idle)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.#isPending = false
    if (this.#failure && !this.#request.readableEnded) throw this.#failure
  }

  release(): void {
    this.#request.socket.setTimeout(0)
    this.#request.off('readable', this.#ready).off('end', this.#ready)
    this.#request.off('error', this.#gone).off('close', this.#gone).off('timeout', this.#timeout)
  }

  #signal(): void {
    this.#isPending = true
    this.#wake?.()
    this.#wake = undefined
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#signal()
  }
}

function clientGone(): ClientGoneError {
  return new ClientGoneError('The client closed the connection before its request was whole.')
}

function tooLarge(bytes: number): AwsError {
  return new AwsError('RequestEntityTooLargeException', `The request body is larger than ${bytes} bytes.`, {
    status: 413,
  })
}

function timedOut(): AwsError {
  return new AwsError('RequestTimeoutException', 'The request body did not arrive in time.', { status: 408 })
}

function idleTooLong(): AwsError {
  return new AwsError(
    'RequestTimeout',
    'Your socket connection to the server was not read from or written to within the timeout period.',
  )
}
