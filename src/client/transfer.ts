import type { S3Location } from '../util/s3-uri.ts'
import type { SignedClient } from './signed-client.ts'

export interface TransferOptions {
  /** Called with the bytes sent or received since the last call; negative where an attempt is begun again. */
  readonly onBytes?: ((bytes: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Upload {
  readonly client: SignedClient
  readonly path: string
  /** Bytes. */
  readonly size: number
  readonly to: S3Location
  readonly options: TransferOptions
}
