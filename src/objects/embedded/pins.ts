import type { BlobFolder } from './blob-folder.ts'

interface Pin {
  readonly bucket: string
  readonly prefix: string
  /** Blobs that lost their row while this pin was there. */
  readonly deferred: Set<string>
}

/** Keeps the blobs of whole key ranges: a pin costs the same for one object and for a million. */
export class Pins {
  readonly #blobs: BlobFolder
  readonly #pins = new Set<Pin>()

  constructor(blobs: BlobFolder) {
    this.#blobs = blobs
  }

  /** @returns the function that lets go; calling it again does nothing */
  pin(bucket: string, prefix: string): () => void {
    const pin: Pin = { bucket, prefix, deferred: new Set() }
    this.#pins.add(pin)
    return () => {
      if (!this.#pins.delete(pin)) return
      for (const blob of pin.deferred) if (!this.#isDeferred(blob)) void this.#blobs.remove(blob)
    }
  }

  /** Removes the blob of an object that was deleted or overwritten, at once or when the last pin over its key is gone. */
  discard(bucket: string, key: string, blob: string): void {
    let pinned = false
    for (const pin of this.#pins) {
      if (pin.bucket !== bucket || !key.startsWith(pin.prefix)) continue
      pin.deferred.add(blob)
      pinned = true
    }
    if (pinned) this.#blobs.keep(blob)
    else void this.#blobs.remove(blob)
  }

  #isDeferred(blob: string): boolean {
    for (const pin of this.#pins) if (pin.deferred.has(blob)) return true
    return false
  }
}
