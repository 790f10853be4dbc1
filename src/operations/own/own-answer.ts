/** The answer of one of the server's own routes: JSON. */
export interface OwnAnswer {
  readonly status: number
  readonly body: object
}
