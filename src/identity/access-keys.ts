import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DurableFiles } from '../durable/durable-files.ts'
import type { Ids } from '../util/ids.ts'
import { IdentityError, newKeyPair } from './identity.ts'

export const KEY_KINDS = ['owner', 'read-only'] as const
export type KeyKind = (typeof KEY_KINDS)[number]

/** A key that was made beside the data folder's first one. */
export interface AccessKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Twelve digits. */
  readonly account: string
  readonly kind: KeyKind
  /** ISO 8601. */
  readonly createdAt: string
}

interface KeysFile {
  readonly version: 1
  readonly keys: readonly AccessKey[]
}

/** More of them than anybody hands out; the file is written whole at each change. */
const MOST_KEYS = 1000

export class TooManyKeysError extends Error {
  override readonly name = 'TooManyKeysError'
  readonly code = 'TooManyKeys'

  constructor() {
    super(`This data folder has ${MOST_KEYS} access keys, and takes no more. Revoke some first.`)
  }
}

/** The keys of `keys.json` (mode 0600). Signatures are verified with the secrets themselves, so these cannot be kept as hashes. */
export class AccessKeys {
  readonly #path: string
  readonly #durable: DurableFiles
  readonly #ids: Ids
  #keys: ReadonlyMap<string, AccessKey>
  /** Changes one after another: each is made from what the one before it has left. */
  #changes: Promise<unknown> = Promise.resolve()

  private constructor(
    parts: { readonly path: string; readonly durable: DurableFiles; readonly ids: Ids },
    keys: KeysFile,
  ) {
    this.#path = parts.path
    this.#durable = parts.durable
    this.#ids = parts.ids
    this.#keys = new Map(keys.keys.map((key) => [key.accessKeyId, key]))
  }

  /** @throws IdentityError for a file that is not what we wrote: nobody's key is dropped in silence */
  static async load({
    folder,
    durable,
    ids,
  }: {
    readonly folder: string
    readonly durable: DurableFiles
    readonly ids: Ids
  }): Promise<AccessKeys> {
    const path = keysFile(folder)
    return new AccessKeys({ path, durable, ids }, await readKeys(path))
  }

  find(accessKeyId: string): AccessKey | undefined {
    return this.#keys.get(accessKeyId)
  }

  /** In the order in which they were made. */
  list(): readonly AccessKey[] {
    return [...this.#keys.values()]
  }

  /** @param now epoch milliseconds @throws TooManyKeysError, DurableFileError: then there is no such key */
  create({ account, kind, now }: Pick<AccessKey, 'account' | 'kind'> & { readonly now: number }): Promise<AccessKey> {
    const key = { ...newKeyPair(this.#ids), account, kind, createdAt: new Date(now).toISOString() }
    return this.#change(async () => {
      if (this.#keys.size >= MOST_KEYS) throw new TooManyKeysError()
      await this.#save([...this.#keys.values(), key])
      return key
    })
  }

  /** From when this resolves on nothing that the key signs is accepted. @returns false where there is no such key @throws DurableFileError */
  revoke(accessKeyId: string): Promise<boolean> {
    return this.#change(async () => {
      if (!this.#keys.has(accessKeyId)) return false
      await this.#save(this.list().filter((key) => key.accessKeyId !== accessKeyId))
      return true
    })
  }

  #change<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = this.#changes.then(change)
    this.#changes = result.catch(() => undefined)
    return result
  }

  async #save(keys: readonly AccessKey[]): Promise<void> {
    const file: KeysFile = { version: 1, keys }
    await this.#durable.write(this.#path, `${JSON.stringify(file, undefined, 2)}\n`, { mode: 0o600 })
    this.#keys = new Map(keys.map((key) => [key.accessKeyId, key]))
  }
}

function keysFile(folder: string): string {
  return join(folder, 'keys.json')
}

async function readKeys(path: string): Promise<KeysFile> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (isKeysFile(value)) return value
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { version: 1, keys: [] }
    if (!(error instanceof SyntaxError)) throw new IdentityError(`${path} cannot be read`, { cause: error })
  }
  throw new IdentityError(
    `${path} is not a list of keys of Trainyard; restore it from a backup, or move it away to have none`,
  )
}

const TEXT_MEMBERS = ['accessKeyId', 'secretAccessKey', 'account', 'createdAt'] as const

function isKeysFile(value: unknown): value is KeysFile {
  if (typeof value !== 'object' || value === null || !('version' in value) || value.version !== 1) return false
  return 'keys' in value && Array.isArray(value.keys) && value.keys.every(isAccessKey)
}

function isAccessKey(value: unknown): value is AccessKey {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  const members = new Map<string, unknown>(Object.entries(value))
  return (
    KEY_KINDS.some((kind) => kind === value.kind) && TEXT_MEMBERS.every((name) => typeof members.get(name) === 'string')
  )
}
