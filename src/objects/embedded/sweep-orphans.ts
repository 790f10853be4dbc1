import { setImmediate } from 'node:timers/promises'
import type { BlobFolder } from './blob-folder.ts'
import type { BlobIndex } from './blob-index.ts'

/** Look-ups between two turns of the event loop: about two milliseconds. */
const SLICE = 250

/** Removes files that a crash left without a row. Runs beside requests: files that are kept are passed over. */
export async function sweepOrphans(blobs: BlobFolder, index: BlobIndex, signal: AbortSignal): Promise<void> {
  for await (const names of blobs.names()) {
    for (let at = 0; at < names.length; at += SLICE) {
      if (signal.aborted) return
      for (const name of names.slice(at, at + SLICE)) if (isOrphan(name, blobs, index)) void blobs.remove(name)
      await setImmediate()
    }
  }
  await blobs.settled()
}

function isOrphan(name: string, blobs: BlobFolder, index: BlobIndex): boolean {
  return !blobs.isKept(name) && !index.names(name)
}
