/** What a server refused or failed at, in AWS's own words. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  /** AWS's code: `ValidationException`, `NoSuchKey`. */
  readonly code: string
  /** Of the HTTP answer. */
  readonly status: number
  readonly requestId: string | undefined

  constructor(answer: {
    readonly code: string
    readonly message: string
    readonly status: number
    readonly requestId: string | undefined
  }) {
    super(answer.message)
    this.code = answer.code
    this.status = answer.status
    this.requestId = answer.requestId
  }
}

/** No answer came, or not a whole one: nobody listens, or the connection broke. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  readonly code = 'NoConnection'
  /** `http://127.0.0.1:8484` */
  readonly endpoint: string

  constructor(endpoint: string, cause: unknown) {
    super(`The server at ${endpoint} cannot be reached or broke the connection (${reasonOf(cause)}).`, { cause })
    this.endpoint = endpoint
  }
}

/** An answer that is not what the protocol says. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError'
  readonly code = 'UnexpectedAnswer'
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
}
