import type { OwnTree, ResolvedEntry } from './own-tree.ts'

/** What goes into an archive under `name`, bytes in Latin-1. */
export interface Member {
  readonly name: string
  readonly entry: ResolvedEntry
}

/** A folder of one of the trees. */
interface Folder {
  readonly tree: OwnTree
  readonly entry: ResolvedEntry
  /** Folders that this one lies in: a link back to one of them would never end. */
  readonly above: readonly ResolvedEntry[]
}

/**
 * What of a folder can be packed, in the order of names; what cannot is written down. Of several trees it is as if each was unpacked over those before it
 * (behaviour 3.10): folders are joined, and of everything else that has one name the last tree's is taken.
 */
export class ArtifactMembers implements Iterable<Member> {
  readonly #trees: readonly OwnTree[]
  readonly #folder: string
  readonly #leftOut: string[]

  constructor(trees: readonly OwnTree[], folder: string, leftOut: string[]) {
    this.#trees = trees
    this.#folder = folder
    this.#leftOut = leftOut
  }

  *[Symbol.iterator](): Generator<Member> {
    const roots = this.#trees.flatMap((tree): Folder[] => {
      const entry = tree.resolve(this.#folder)
      return entry?.stats.isDirectory() ? [{ tree, entry, above: [] }] : []
    })
    yield* this.#below(roots, '')
  }

  *#below(folders: readonly Folder[], prefix: string): Generator<Member> {
    const names = new Set(folders.flatMap(({ tree, entry }) => tree.names(entry)))
    for (const part of [...names].sort()) {
      const name = `${prefix}${part}`
      const found = this.#named(folders, part, name)
      const last = found.at(-1)
      if (!last) continue
      yield { name, entry: last.entry }
      if (last.entry.stats.isDirectory()) yield* this.#below(found, `${name}/`)
    }
  }

  /** @returns the folders to be joined under this name, or the one file */
  #named(folders: readonly Folder[], part: string, name: string): readonly Folder[] {
    const found: Folder[] = []
    for (const { tree, entry: parent, above } of folders) {
      const path = `${parent.relative}/${part}`
      if (!tree.has(parent, part)) continue
      const entry = tree.resolve(path)
      const around = [...above, parent]
      const isFolder = entry?.stats.isDirectory() && !around.some(({ relative }) => relative === entry.relative)
      if (entry && isFolder && found.every((other) => other.entry.stats.isDirectory())) {
        found.push({ tree, entry, above: around })
      } else if (entry && (isFolder || entry.stats.isFile())) {
        found.splice(0, found.length, { tree, entry, above: around })
      } else {
        this.#leftOut.push(`${this.#folder}/${Buffer.from(name, 'latin1').toString()}`)
      }
    }
    return found
  }
}
