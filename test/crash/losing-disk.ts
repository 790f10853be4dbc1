import {
  chmodSync,
  closeSync,
  existsSync,
  fchmodSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { FileSystem, OpenFile } from '../../src/durable/durable-files.ts'
import type { Seeded } from '../support/seeded.ts'

/** A file or folder, whatever its names. */
interface Node {
  /** The same for all its names, and for no other. */
  readonly identity: string
  readonly isFolder: boolean
  /** What of it is on the disk for sure. */
  synced: Buffer
}

/** A change of a folder's entries that is not on the disk for sure: a file system does each whole or not at all, but keeps no order between two. */
interface Change {
  readonly folder: string
  /** Paths, and what they name from then on. */
  readonly entries: readonly (readonly [string, Node | undefined])[]
}

/** What is found when the power is back: bytes of files, and folders. */
export type Survivors = ReadonlyMap<string, Buffer | 'folder'>

/** SQLite syncs its own. */
const DATABASE = /\.db(-wal|-shm|-journal)?$/
const NOTHING = Buffer.of()

/**
 * Everything below one folder of a disk that loses power: what was not synced is lost, or kept in part. The calls that are made through it are done on the real folder,
 * and what others change there is seen too: it is synced by nobody, but through this.
 */
export class LosingDisk implements FileSystem {
  readonly root: string
  /** Calls so far. */
  calls = 0
  /** Told when the power goes, in that very moment: what happens later happens no more. */
  onLost: () => void = () => undefined
  readonly #losesAt: number
  readonly #isSafe: (path: string) => boolean
  readonly #nodes = new Map<string, Node>()
  #entries = new Map<string, Node>()
  #durable = new Map<string, Node>()
  #changes: Change[] = []
  #contents: ReadonlyMap<Node, Buffer> | undefined

  /**
   * @param root absolute; what is there is on the disk
   * @param losesAt the call that is not done any more, nor is any after it
   * @param isSafe which files are on the disk whatever happens
   */
  constructor(root: string, losesAt: number, isSafe: (path: string) => boolean = (path) => DATABASE.test(path)) {
    this.root = root
    this.#losesAt = losesAt
    this.#isSafe = isSafe
    this.#observe()
    for (const [path, node] of this.#entries) if (!node.isFolder) node.synced = readFileSync(path)
    this.#durable = new Map(this.#entries)
    this.#changes = []
  }

  open(path: string, flags: 'r' | 'w', mode: number): Promise<OpenFile> {
    return this.#call(() => {
      const descriptor = openSync(path, flags, mode)
      return {
        chmod: (bits) => this.#call(() => fchmodSync(descriptor, bits)),
        writeFile: (content) => this.#call(() => writeFileSync(descriptor, content)),
        sync: () => this.#call(() => this.#sync(path)),
        close: () => this.#call(() => closeSync(descriptor)),
      }
    })
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call(() => renameSync(from, to))
  }

  link(existing: string, path: string): Promise<void> {
    return this.#call(() => linkSync(existing, path))
  }

  unlink(path: string): Promise<void> {
    return this.#call(() => unlinkSync(path))
  }

  get isLost(): boolean {
    return this.#contents !== undefined
  }

  /** The power goes now, if it has not yet. */
  cut(): void {
    if (this.#contents) return
    this.#observe()
    const files = [...this.#entries].filter(([, node]) => !node.isFolder)
    this.#contents = new Map(files.map(([path, node]) => [node, contentOf(path)]))
    this.onLost()
  }

  /** By paths below the root: everything synced, and any part of the rest. Any number of times. */
  afterLoss(random: Seeded): Survivors {
    const entries = new Map(this.#durable)
    for (const change of this.#changes) if (random.next() < 0.5) apply(entries, change)
    for (const [path, node] of this.#entries) if (this.#isSafe(path)) entries.set(path, node)
    const found = new Map<string, Buffer | 'folder'>()
    for (const [path, node] of [...entries].toSorted(([one], [other]) => one.length - other.length)) {
      const folder = relative(this.root, dirname(path))
      if (folder !== '' && !found.has(folder)) continue
      found.set(relative(this.root, path), node.isFolder ? 'folder' : this.#survived(path, node, random))
    }
    return found
  }

  /** Of what was not synced nothing, all, or the beginning. */
  #survived(path: string, node: Node, random: Seeded): Buffer {
    const content = this.#contents?.get(node) ?? node.synced
    if (this.#isSafe(path) || content.equals(node.synced)) return content
    const kept = random.between(0, 2)
    if (kept === 0) return node.synced
    return kept === 1 ? content : content.subarray(0, random.between(0, content.length))
  }

  #call<Result>(work: () => Result): Promise<Result> {
    this.calls++
    if (this.calls >= this.#losesAt) this.cut()
    // Nobody is left to see it: whoever calls unwinds, and lets go of what it has.
    if (this.#contents) return Promise.reject(new Error('the power is lost'))
    return new Promise((resolve) => {
      const result = work()
      this.#observe()
      resolve(result)
    })
  }

  #sync(path: string): void {
    this.#observe()
    const node = this.#entries.get(path)
    if (node && !node.isFolder) {
      node.synced = readFileSync(path)
      return
    }
    const isHere = (entry: string) => dirname(entry) === path
    for (const entry of this.#durable.keys()) if (isHere(entry)) this.#durable.delete(entry)
    for (const [entry, named] of this.#entries) if (isHere(entry)) this.#durable.set(entry, named)
    this.#changes = this.#changes.filter(({ folder }) => folder !== path)
  }

  /** Sees what has changed in the folders since the last look, by us or by others. */
  #observe(): void {
    const found = new Map(this.#walk(this.root))
    const gone = [...this.#entries.keys()].filter((path) => !found.has(path))
    for (const [path, node] of found) {
      if (this.#entries.get(path) === node) continue
      const old = gone.find((other) => this.#entries.get(other) === node && dirname(other) === dirname(path))
      // The new name and the end of the old one are one change.
      this.#change({
        folder: dirname(path),
        entries: [[path, node], ...(old === undefined ? [] : [[old, undefined] as const])],
      })
    }
    for (const path of gone)
      if (this.#entries.has(path)) this.#change({ folder: dirname(path), entries: [[path, undefined]] })
  }

  #change(change: Change): void {
    apply(this.#entries, change)
    this.#changes.push(change)
  }

  *#walk(folder: string): Generator<[string, Node]> {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name)
      const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
      // Gone meanwhile.
      if (!stat) continue
      const identity = `${stat.ino} ${stat.birthtimeNs}`
      const isFolder = stat.isDirectory()
      const node = this.#nodes.get(identity) ?? { identity, isFolder, synced: NOTHING }
      this.#nodes.set(identity, node)
      yield [path, node]
      if (isFolder) yield* this.#walk(path)
    }
  }
}

function apply(entries: Map<string, Node>, { entries: changed }: Change): void {
  for (const [path, node] of changed)
    if (node) entries.set(path, node)
    else entries.delete(path)
}

function contentOf(path: string): Buffer {
  return existsSync(path) ? readFileSync(path) : NOTHING
}

/** Puts what was found after a loss of power into a folder. */
export function restoreSurvivors(survivors: Survivors, folder: string): void {
  for (const [path, found] of survivors)
    if (found === 'folder') mkdirSync(join(folder, path), { mode: 0o700 })
    else writeFileSync(join(folder, path), found, { mode: 0o600 })
  chmodSync(folder, 0o700)
}
