import type { Ids } from '../../util/ids.ts'
import type { BlobFolder } from './blob-folder.ts'
import type { BlobIndex } from './blob-index.ts'
import type { Pins } from './pins.ts'

/** What the pieces of the embedded store share. */
export interface Embedded {
  readonly index: BlobIndex
  readonly blobs: BlobFolder
  readonly pins: Pins
  /** Of `lastModified` and creation times. */
  readonly clock: { now(): number }
  readonly ids: Ids
}
