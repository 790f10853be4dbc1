import { constants } from 'node:fs'
import { mkdir, open, readdir, unlink, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import type { DurableFiles } from '../../durable/durable-files.ts'
import type { Ids } from '../../util/ids.ts'

/** A folder directly under `blobs/`: the first byte of a blob's name in hex. It is made when the first file comes into it. */
const SHARD = /^[0-9a-f]{2}$/
/** Names in one folder after another: files that are made at the same time lie in the same one, so that one sync of it serves them all. */
const NAMES_IN_A_ROW = 256
const BLOB_MODE = 0o600

export interface Owner {
  readonly uid: number
  readonly gid: number
}

export interface BlobFolderOptions {
  /** Absolute path. */
  readonly root: string
  readonly owner: Owner | undefined
  readonly ids: Ids
  readonly durable: DurableFiles
}

/**
 * The files that hold objects' bytes: `blobs/ab/cdef…` under random names, never changed once an index row names them. A file gets its final name
 * at once; what makes it count is the row, so that nothing has to be renamed.
 */
export class BlobFolder {
  readonly #root: string
  readonly #owner: Owner | undefined
  readonly #ids: Ids
  readonly #durable: DurableFiles
  /** Files without a row that are no orphans: they are being written, or somebody still reads them. */
  readonly #kept = new Set<string>()
  readonly #removals = new Set<Promise<void>>()
  /** Folders that were there from the beginning. */
  readonly #found: readonly string[]
  /** Those, and what is made or being made since: on the disk too. */
  readonly #shards: Map<string, Promise<void>>
  #shard: Buffer | undefined
  #names = 0

  private constructor({ root, owner, ids, durable }: BlobFolderOptions, found: readonly string[]) {
    this.#found = found
    this.#shards = new Map(found.map((shard) => [shard, Promise.resolve()]))
    this.#root = root
    this.#owner = owner
    this.#ids = ids
    this.#durable = durable
  }

  static async open(options: BlobFolderOptions): Promise<BlobFolder> {
    const { root, durable } = options
    const made = await mkdir(root, { recursive: true, mode: 0o700 })
    if (made !== undefined) await durable.sync(root)
    return new BlobFolder(
      options,
      (await readdir(root)).filter((name) => SHARD.test(name)),
    )
  }

  /** A name for a file to come, kept until `release`. */
  newName(): string {
    if (this.#names++ % NAMES_IN_A_ROW === 0 || !this.#shard) this.#shard = this.#ids.bytes(1)
    const name = Buffer.concat([this.#shard, this.#ids.bytes(15)]).toString('hex')
    this.#kept.add(name)
    return name
  }

  /** Tells the sweep to leave this file alone although no row names it. */
  keep(name: string): void {
    this.#kept.add(name)
  }

  /** From now on the file lives as long as its row; to be called once the row is there. */
  release(name: string): void {
    this.#kept.delete(name)
  }

  isKept(name: string): boolean {
    return this.#kept.has(name)
  }

  path(name: string): string {
    return path.join(this.#root, shardOf(name), name.slice(2))
  }

  /** Makes the folder in which a file is to come, if it is the first one in it. */
  makeFolder(name: string): Promise<void> {
    const shard = shardOf(name)
    const known = this.#shards.get(shard)
    if (known) return known
    const making = this.#makeShard(path.join(this.#root, shard))
    this.#shards.set(shard, making)
    making.catch(() => this.#shards.delete(shard))
    return making
  }

  openForReading(name: string): Promise<FileHandle> {
    return open(this.path(name), constants.O_RDONLY | constants.O_NOFOLLOW)
  }

  /** Opens the file for writing, made if it is not there. */
  async openForWriting(name: string): Promise<FileHandle> {
    await this.makeFolder(name)
    const handle = await open(this.path(name), constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, BLOB_MODE)
    if (this.#owner) await handle.chown(this.#owner.uid, this.#owner.gid)
    return handle
  }

  /** Gives a file that came from elsewhere the owner and mode of a blob. */
  async own(handle: FileHandle): Promise<void> {
    await handle.chmod(BLOB_MODE)
    if (this.#owner) await handle.chown(this.#owner.uid, this.#owner.gid)
  }

  /** Puts the file's bytes and its directory entry on the disk. @param file the same, if it is open */
  sync(name: string, file?: FileHandle): Promise<void> {
    return this.#durable.sync(this.path(name), file)
  }

  /**
   * Unlinks the file. A write that failed waits for it, so that its space is free again; otherwise nobody needs to. Never rejects: a file that
   * cannot be unlinked now is an orphan of the next start.
   */
  remove(name: string): Promise<void> {
    this.#kept.delete(name)
    const removal = unlink(this.path(name)).catch(() => undefined)
    this.#removals.add(removal)
    void removal.finally(() => this.#removals.delete(removal))
    return removal
  }

  /** Resolves when all removals begun so far are done. */
  async settled(): Promise<void> {
    await Promise.all(this.#removals)
  }

  /** Names of all files that were there from the beginning, and maybe of others, shard by shard. */
  async *names(): AsyncGenerator<readonly string[]> {
    for (const shard of this.#found) yield (await readdir(path.join(this.#root, shard))).map((rest) => shard + rest)
  }

  async #makeShard(folder: string): Promise<void> {
    // Recursive: one that an attempt before this has made and not synced is as good.
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await this.#durable.sync(folder)
  }
}

function shardOf(name: string): string {
  return name.slice(0, 2)
}
