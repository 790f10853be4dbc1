import type { BlobFolder } from './blob-folder.ts'

interface Pin {
  /** None for all of them. */
  readonly bucket: string | undefined
  readonly prefix: string
  /** Blobs that lost their row while this pin was there. */
  readonly deferred: Set<string>
}

/** Keeps the blobs of whole key ranges: a pin costs the same for one object and for a million. */
export class Pins {
  readonly #blobs: BlobFolder
  readonly #isNamed: (blob: string) => boolean
  readonly #pins = new Set<Pin>()

  /** @param isNamed whether any row names the blob, as that of a copy does */
  constructor(blobs: BlobFolder, isNamed: (blob: string) => boolean) {
    this.#blobs = blobs
    this.#isNamed = isNamed
  }

  /** @returns the function that lets go; calling it again does nothing */
  pin(bucket: string | undefined, prefix: string): () => void {
    const pin: Pin = { bucket, prefix, deferred: new Set() }
    this.#pins.add(pin)
    return () => {
      if (!this.#pins.delete(pin)) return
      for (const blob of pin.deferred) this.#settle(blob)
    }
  }

  /** For the blob of an object that was deleted or overwritten: removes it unless another row names it, at once or when the last pin over it is gone. */
  discard(bucket: string, key: string, blob: string): void {
    for (const pin of this.#pins) {
      if ((pin.bucket ?? bucket) === bucket && key.startsWith(pin.prefix)) pin.deferred.add(blob)
    }
    this.#settle(blob)
  }

  #settle(blob: string): void {
    if (this.#isDeferred(blob)) this.#blobs.keep(blob)
    else if (this.#isNamed(blob)) this.#blobs.release(blob)
    else void this.#blobs.remove(blob)
  }

  #isDeferred(blob: string): boolean {
    for (const pin of this.#pins) if (pin.deferred.has(blob)) return true
    return false
  }
}
