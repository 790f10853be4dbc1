/** What one client may cost the server. Bytes and milliseconds. */
export interface HttpLimits {
  /** Of a JSON or Query request; S3 bodies are bounded by the disk. */
  readonly rpcBodyBytes: number
  readonly headerBytes: number
  /** Beyond it the connection that has been idle longest is closed for a new one; where none is idle, the new one is. */
  readonly connections: number
  /** For the whole head of a request. */
  readonly headMilliseconds: number
  /** For the whole body of a JSON or Query request. */
  readonly rpcBodyMilliseconds: number
  /** For the next piece of an S3 body, in either direction. */
  readonly idleMilliseconds: number
  /** For the next request on a connection; above the idle time that SDKs' own pools use. */
  readonly keepAliveMilliseconds: number
  /** For a client to stop sending what was refused, before its connection is cut. */
  readonly lingerMilliseconds: number
  /** For requests under way when the server closes. */
  readonly closeMilliseconds: number
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  rpcBodyBytes: 4 * 2 ** 20,
  headerBytes: 32 * 2 ** 10,
  connections: 4096,
  headMilliseconds: 30_000,
  rpcBodyMilliseconds: 30_000,
  idleMilliseconds: 60_000,
  keepAliveMilliseconds: 75_000,
  lingerMilliseconds: 5_000,
  closeMilliseconds: 10_000,
}
