import type { FileSystem, OpenFile } from '../../src/durable/durable-files.ts'
import type { Seeded } from '../support/seeded.ts'
import { never } from './life.ts'

/** A file, whatever its names. */
interface Inode {
  content: string
  /** What is on the disk for sure. */
  synced: string
}

/** A change of the folder's entries that is not on the disk for sure: a file system does each whole or not at all, but keeps no order between two. */
type Change = (entries: Map<string, Inode>) => void

/** One folder of a disk that loses power: what was not synced is lost, or kept in part. */
export class LosingDisk implements FileSystem {
  readonly folder: string
  /** Calls so far. */
  calls = 0
  readonly #losesAt: number
  #entries = new Map<string, Inode>()
  #durable = new Map<string, Inode>()
  #changes: Change[] = []

  /** @param losesAt the call that is not done any more, nor is any after it */
  constructor(folder: string, losesAt: number) {
    this.folder = folder
    this.#losesAt = losesAt
  }

  open(path: string, flags: 'r' | 'w'): Promise<OpenFile> {
    return this.#call(() => {
      if (path === this.folder) return this.#folderHandle()
      const found = this.#entries.get(path)
      if (!found && flags === 'r') throw errno('ENOENT')
      const inode = found ?? { content: '', synced: '' }
      if (!found) this.#change((entries) => void entries.set(path, inode))
      if (flags === 'w') inode.content = ''
      return this.#fileHandle(inode)
    })
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call(() => {
      const inode = this.#existing(from)
      this.#change((entries) => {
        entries.set(to, inode)
        entries.delete(from)
      })
    })
  }

  link(existing: string, path: string): Promise<void> {
    return this.#call(() => {
      const inode = this.#existing(existing)
      if (this.#entries.has(path)) throw errno('EEXIST')
      this.#change((entries) => void entries.set(path, inode))
    })
  }

  unlink(path: string): Promise<void> {
    return this.#call(() => {
      this.#existing(path)
      this.#change((entries) => void entries.delete(path))
    })
  }

  /** What is found when the power is back: everything synced, and any part of the rest. */
  afterLoss(random: Seeded): ReadonlyMap<string, string> {
    const entries = new Map(this.#durable)
    for (const change of this.#changes) if (random.next() < 0.5) change(entries)
    return new Map(Array.from(entries, ([path, inode]) => [path, survived(inode, random)]))
  }

  get hasLostPower(): boolean {
    return this.calls >= this.#losesAt
  }

  #call<Result>(work: () => Result): Promise<Result> {
    if (this.hasLostPower) return never()
    this.calls++
    return this.hasLostPower ? never() : new Promise((resolve) => resolve(work()))
  }

  #existing(path: string): Inode {
    const inode = this.#entries.get(path)
    if (!inode) throw errno('ENOENT')
    return inode
  }

  #change(change: Change): void {
    change(this.#entries)
    this.#changes.push(change)
  }

  #fileHandle(inode: Inode): OpenFile {
    return {
      chmod: () => this.#call(() => undefined),
      writeFile: (content) => this.#call(() => void (inode.content = String(content))),
      sync: () => this.#call(() => void (inode.synced = inode.content)),
      close: () => this.#call(() => undefined),
    }
  }

  #folderHandle(): OpenFile {
    const refuse = () => Promise.reject(errno('EISDIR'))
    const sync = () => {
      this.#durable = new Map(this.#entries)
      this.#changes = []
    }
    return { chmod: refuse, writeFile: refuse, sync: () => this.#call(sync), close: () => this.#call(() => undefined) }
  }
}

/** Of what was not synced nothing, all, or the beginning. */
function survived({ content, synced }: Inode, random: Seeded): string {
  if (content === synced) return synced
  const kept = random.between(0, 2)
  if (kept === 0) return synced
  return kept === 1 ? content : content.slice(0, random.between(0, content.length))
}

function errno(code: string): Error {
  return Object.assign(new Error(code), { code })
}
