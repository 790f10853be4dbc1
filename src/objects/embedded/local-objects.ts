import { constants } from 'node:fs'
import { link, open, unlink } from 'node:fs/promises'
import { ObjectStoreError, type LocalFile, type LocalFiles, type ObjectInfo } from '../objects.ts'
import type { Embedded } from './embedded.ts'
import { keyAfterPrefix } from './walk-keys.ts'
import type { StoredObject } from './object-rows.ts'
import { isErrno, onDisk } from './storage-errors.ts'

/** Rows read in one turn of the event loop. */
const PAGE = 1000

type FinishedFile = Parameters<LocalFiles['adopt']>[2]

/** The way to and from a job's folder that copies no bytes: blobs by their paths, and files that become blobs. */
export class LocalObjects implements LocalFiles {
  readonly #embedded: Embedded

  constructor(embedded: Embedded) {
    this.#embedded = embedded
  }

  async pin(
    bucket: string,
    prefix: string,
  ): Promise<{ readonly files: AsyncIterable<LocalFile>; release(): Promise<void> }> {
    this.#embedded.index.buckets.require(bucket)
    const letGo = this.#embedded.pins.pin(bucket, prefix)
    return {
      files: this.#files(bucket, prefix),
      release: async () => letGo(),
    }
  }

  pinAll(): () => void {
    return this.#embedded.pins.pin(undefined, '')
  }

  /**
   * A link first, the index second, and only then the old name goes: a crash at any point leaves the file under its old name or the object in
   * its place, so that the call can be made again.
   */
  async adopt(bucket: string, key: string, file: FinishedFile): Promise<ObjectInfo> {
    const { index, blobs, pins, clock } = this.#embedded
    index.buckets.require(bucket)
    const blob = await onDisk(() => this.#linked(file))
    if (blob === undefined) return this.#adopted(bucket, key, file)
    const { size, etag, path, contentType } = file
    const metadata = contentType === undefined ? {} : { contentType }
    const info: ObjectInfo = { bucket, key, size, etag, lastModified: clock.now(), metadata }
    try {
      const replaced = await index.write(() => {
        index.buckets.require(bucket)
        return index.objects.put({ info, blob })
      })
      blobs.release(blob)
      if (replaced !== undefined) pins.discard(bucket, key, replaced)
    } catch (error) {
      await blobs.remove(blob)
      throw error
    }
    await onDisk(() => unlinkIfThere(path))
    return info
  }

  async *#files(bucket: string, prefix: string): AsyncGenerator<LocalFile> {
    const until = keyAfterPrefix(prefix)
    let from = { key: prefix, inclusive: true }
    for (;;) {
      const page = take(this.#embedded.index.objects.range({ bucket, from, until }), PAGE)
      for (const { info, blob } of page) yield { key: info.key, size: info.size, path: this.#embedded.blobs.path(blob) }
      const last = page.at(-1)
      if (page.length < PAGE || !last) return
      from = { key: last.info.key, inclusive: false }
    }
  }

  /** @returns the name of a blob that is this file; undefined if the file is not there */
  async #linked(file: FinishedFile): Promise<string | undefined> {
    const { blobs } = this.#embedded
    const handle = await openFinished(file.path)
    if (!handle) return undefined
    const blob = blobs.newName()
    try {
      const stat = await handle.stat()
      if (!stat.isFile() || stat.size !== file.size) throw new NotTheFileError(file)
      await blobs.own(handle)
      await blobs.makeFolder(blob)
      await link(file.path, blobs.path(blob))
      await blobs.sync(blob)
      return blob
    } catch (error) {
      await blobs.remove(blob)
      throw error
    } finally {
      await handle.close()
    }
  }

  #adopted(bucket: string, key: string, file: FinishedFile): ObjectInfo {
    const object = this.#embedded.index.objects.find(bucket, key)
    if (object?.info.etag === file.etag) return object.info
    throw new ObjectStoreError('NoSuchKey', `Neither the file ${file.path} nor the object ${key} made from it exists.`)
  }
}

/** What lies at the path is not what the caller wrote there. */
export class NotTheFileError extends Error {
  override readonly name = 'NotTheFileError'
  readonly code = 'NotTheFile'

  constructor(file: { readonly path: string; readonly size: number }) {
    super(`${file.path} is not a plain file of ${file.size} bytes; it was changed after it had been finished.`)
  }
}

/** Neither follows a link nor waits on a FIFO. */
async function openFinished(path: string) {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
  }
}

function take(objects: Iterable<StoredObject>, count: number): StoredObject[] {
  const taken: StoredObject[] = []
  for (const object of objects) {
    taken.push(object)
    if (taken.length === count) break
  }
  return taken
}
