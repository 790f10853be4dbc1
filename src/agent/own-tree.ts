import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs'

/** As many links in a row as the kernel follows. */
const MOST_LINKS = 40

/**
 * Looks at what a job left behind without leaving it: every step of a path is resolved by us, below the workspace, as the job saw it. Paths are
 * Latin-1 strings of the file system's bytes, because a file's name need not be UTF-8.
 *
 * To be used when no process of the job is left: nothing changes under it.
 */
export class OwnTree {
  /** The workspace's folder on this machine, as bytes in Latin-1. */
  readonly #root: string
  /** What absolute links may begin with: the workspace as the job saw it. */
  readonly #names: readonly string[]
  /** Folders below the root that are somewhere else: those of overlays. */
  readonly #detours: ReadonlyMap<string, readonly string[]>

  /** @param detours relative folder → absolute folders in its place, upper first */
  constructor(root: string, names: readonly string[], detours: ReadonlyMap<string, readonly string[]> = new Map()) {
    this.#root = latin1(root)
    this.#names = names.map(latin1)
    this.#detours = new Map([...detours].map(([path, places]) => [latin1(path), places.map(latin1)]))
  }

  /**
   * @param path relative to the workspace
   * @returns where that is on this machine, with no link left in it; undefined if there is nothing, or it lies outside
   */
  resolve(path: string): ResolvedEntry | undefined {
    const pending = parts(path).toReversed()
    const done: string[] = []
    for (let links = 0; pending.length > 0;) {
      const name = pending.pop() ?? ''
      if (name === '.' || name === '..') {
        // Only a folder has these: the kernel finds nothing behind a file's name.
        if (!this.#entry(done.join('/'))?.stats.isDirectory()) return undefined
        if (name === '..' && done.pop() === undefined) return undefined
        continue
      }
      const entry = this.#entry([...done, name].join('/'))
      if (!entry) return undefined
      if (!entry.stats.isSymbolicLink()) {
        done.push(name)
        continue
      }
      const target = this.#linkTarget(entry.path, done)
      if (target === undefined || ++links > MOST_LINKS) return undefined
      done.length = 0
      pending.push(...target.toReversed())
    }
    return this.#entry(done.join('/'))
  }

  /** Names in a folder that `resolve` gave, in the order of their bytes. */
  names(folder: ResolvedEntry): string[] {
    const found = this.#places(folder.relative).filter((path) => statOf(path)?.isDirectory())
    const names = found.flatMap((path) => readdirSync(Buffer.from(path, 'latin1'), 'latin1'))
    return [...new Set(names)].sort()
  }

  /** Whether a folder that `resolve` gave has an entry of that name, whatever it is or points to. */
  has(folder: ResolvedEntry, name: string): boolean {
    return this.#entry(`${folder.relative}/${name}`) !== undefined
  }

  #entry(relative: string): ResolvedEntry | undefined {
    for (const path of this.#places(relative)) {
      const stats = statOf(path)
      if (stats) return { relative, path, stats }
    }
    return undefined
  }

  #places(relative: string): string[] {
    for (const [folder, places] of this.#detours) {
      if (relative === folder || relative.startsWith(`${folder}/`)) {
        return places.map((place) => place + relative.slice(folder.length))
      }
    }
    return [relative === '' ? this.#root : `${this.#root}/${relative}`]
  }

  /** @returns the target's parts from the workspace on; undefined where it points out of it */
  #linkTarget(path: string, folder: readonly string[]): string[] | undefined {
    const target = readlinkSync(Buffer.from(path, 'latin1'), 'latin1')
    if (!target.startsWith('/')) return [...folder, ...parts(target)]
    const name = this.#names.find((name) => target === name || target.startsWith(`${name}/`))
    return name === undefined ? undefined : parts(target.slice(name.length))
  }
}

export interface ResolvedEntry {
  /** From the workspace on, without links. */
  readonly relative: string
  /** Absolute, in Latin-1. */
  readonly path: string
  readonly stats: Stats
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(Buffer.from(path, 'latin1'))
  } catch {
    return undefined
  }
}

/** A slash at the end asks for a folder, as `.` does. */
function parts(path: string): string[] {
  const names = path.split('/').filter((part) => part !== '')
  return path.endsWith('/') ? [...names, '.'] : names
}

function latin1(path: string): string {
  return Buffer.from(path).toString('latin1')
}
