/** An error as an AWS client shall see it. Thrown anywhere below http, written out in one place. */
export class AwsError extends Error {
  override readonly name = 'AwsError'
  readonly code: string
  /** HTTP status. */
  readonly status: number
  /** More members of the error body, e.g. S3's `Region` or `BucketName`. */
  readonly details: Readonly<Record<string, string>>

  constructor(
    code: string,
    message: string,
    options: {
      readonly status?: number
      readonly details?: Readonly<Record<string, string>>
      readonly cause?: unknown
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.status = options.status ?? 400
    this.details = options.details ?? {}
  }
}

/** The request breaks a constraint of its shape or a rule of the service (behaviour 6.2). */
export function validationException(message: string): AwsError {
  return new AwsError('ValidationException', message)
}

/** An unknown training job: not `ResourceNotFound`, although the model lists it (behaviour 6.3). */
export function requestedResourceNotFound(): AwsError {
  return validationException('Requested resource not found.')
}
