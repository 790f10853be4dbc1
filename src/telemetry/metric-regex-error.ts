/** A metric definition's regular expression that cannot be used. */
export class MetricRegexError extends Error {
  override readonly name = 'MetricRegexError'
  readonly code = 'METRIC_REGEX_INVALID'
  readonly pattern: string
  /** What is wrong and at which character, to be put into a sentence. */
  readonly reason: string

  constructor(pattern: string, reason: string, options?: ErrorOptions) {
    super(`The regular expression '${pattern}' cannot be used: ${reason}`, options)
    this.pattern = pattern
    this.reason = reason
  }
}
