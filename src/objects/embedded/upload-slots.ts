import type { UploadRecord } from './upload-rows.ts'
import type { Place } from './write-blob.ts'

/** Beyond it file systems differ on how far a file may reach; a part there gets a file of its own. */
const FURTHEST_BYTE = 2 ** 43

interface Activity {
  readonly writing: Set<number>
  seals: number
}

/** Who writes to which slot of an upload's file right now. A file that is about to become an object takes no more writers. */
export class UploadSlots {
  readonly #activity = new Map<string, Activity>()

  /**
   * @param part `taken`: an earlier version of the part lies in the slot; it must stay whole until the new one is
   * @returns undefined if the part must have a file of its own; else `free` must follow
   */
  reserve(
    upload: UploadRecord,
    part: { readonly partNumber: number; readonly size: number | undefined; readonly taken: boolean },
  ): Place | undefined {
    const { slot } = upload
    if (slot === undefined || part.size === undefined || part.size > slot || part.taken) return undefined
    const activity = this.#of(upload.id)
    const position = (part.partNumber - 1) * slot
    const shut = activity.seals > 0 || activity.writing.has(part.partNumber) || position + slot > FURTHEST_BYTE
    if (shut) return undefined
    activity.writing.add(part.partNumber)
    this.#activity.set(upload.id, activity)
    return { blob: upload.blob, position, shared: true }
  }

  free(uploadId: string, partNumber: number): void {
    this.#of(uploadId).writing.delete(partNumber)
    this.#forget(uploadId)
  }

  /** @returns the function that opens the slots again */
  seal(uploadId: string): () => void {
    const activity = this.#of(uploadId)
    activity.seals += 1
    this.#activity.set(uploadId, activity)
    return () => {
      activity.seals -= 1
      this.#forget(uploadId)
    }
  }

  isBeingWritten(uploadId: string): boolean {
    return this.#of(uploadId).writing.size > 0
  }

  #of(uploadId: string): Activity {
    return this.#activity.get(uploadId) ?? { writing: new Set(), seals: 0 }
  }

  #forget(uploadId: string): void {
    const { writing, seals } = this.#of(uploadId)
    if (writing.size === 0 && seals === 0) this.#activity.delete(uploadId)
  }
}
