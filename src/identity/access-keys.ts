import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DurableFiles } from '../durable/durable-files.ts'
import { isMissing } from '../util/error-code.ts'
import type { Ids } from '../util/ids.ts'
import { IdentityError, newKeyPair, newSessionKey, saveIdentity, type Identity } from './identity.ts'
import type { ReplacedSessionKey, SessionSecrets } from './job-session.ts'

export const KEY_KINDS = ['owner', 'read-only'] as const
export type KeyKind = (typeof KEY_KINDS)[number]

/** A long-lived key. */
export interface AccessKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Twelve digits. */
  readonly account: string
  readonly kind: KeyKind
  /** ISO 8601; not there for the key that the data folder was made with. */
  readonly createdAt?: string
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

interface AccessKeysParts {
  readonly folder: string
  readonly durable: DurableFiles
  readonly ids: Ids
  /** As the folder has it when they are loaded. */
  readonly identity: Identity
}

/**
 * The first key, which the programs of this folder sign with (`identity.json`), and all others (`keys.json`; both of mode 0600). Signatures are verified
 * with the secrets themselves, so these cannot be kept as hashes.
 */
export class AccessKeys {
  readonly #parts: Omit<AccessKeysParts, 'identity'>
  #identity: Identity
  #first: AccessKey
  /** The others; the first too where a rotation has got no further. */
  #keys: ReadonlyMap<string, AccessKey>
  /** Changes one after another: each is made from what the one before it has left. */
  #changes: Promise<unknown> = Promise.resolve()

  private constructor({ identity, ...parts }: AccessKeysParts, keys: readonly AccessKey[]) {
    this.#parts = parts
    this.#identity = identity
    this.#first = firstKeyOf(identity)
    this.#keys = byId(keys)
  }

  /** @throws IdentityError for a file that is not what we wrote: nobody's key is dropped in silence */
  static async load(parts: AccessKeysParts): Promise<AccessKeys> {
    return new AccessKeys(parts, (await readKeys(keysFile(parts.folder))).keys)
  }

  /** The key that the programs of this folder sign with. */
  get first(): AccessKey {
    return this.#first
  }

  /** What the sessions of jobs are derived from. */
  get sessionSecrets(): SessionSecrets {
    return this.#identity
  }

  find(accessKeyId: string): AccessKey | undefined {
    return this.#isFirst(accessKeyId) ? this.#first : this.#keys.get(accessKeyId)
  }

  /** The first one, then the others in the order in which they were made. */
  list(): readonly AccessKey[] {
    return [this.#first, ...[...this.#keys.values()].filter(({ accessKeyId }) => !this.#isFirst(accessKeyId))]
  }

  /** @param now epoch milliseconds @throws TooManyKeysError, DurableFileError: then there is no such key */
  create({ account, kind, now }: Pick<AccessKey, 'account' | 'kind'> & { readonly now: number }): Promise<AccessKey> {
    const key = { ...newKeyPair(this.#parts.ids), account, kind, createdAt: new Date(now).toISOString() }
    return this.#change(async () => {
      await this.#add(key)
      return key
    })
  }

  /**
   * Makes another key the first one. The one that was stays an ordinary key of its account until it is revoked, so that nobody is shut out meanwhile: it is
   * kept as such before the other takes its place. The secret of sessions lies beside it and is another too; jobs that run keep the sessions that they have.
   *
   * @param now epoch milliseconds
   * @param running asks when the attempts began that have a place on the machine
   * @throws TooManyKeysError, DurableFileError: then the first key is as it was
   */
  rotate(
    now: number,
    running: () => Promise<readonly number[]>,
  ): Promise<{ readonly first: AccessKey; readonly replaced: AccessKey; readonly runningJobs: number }> {
    return this.#change(async () => {
      const replaced = this.#first
      await this.#add(replaced)
      const { ids } = this.#parts
      const begun = await running()
      const identity: Identity = {
        ...this.#identity,
        ...newKeyPair(ids),
        keyCreatedAt: new Date(now).toISOString(),
        sessionKey: newSessionKey(ids),
        replacedSessionKeys: replacedSecrets(this.#identity, now, begun),
      }
      await saveIdentity(this.#parts, identity)
      this.#identity = identity
      this.#first = firstKeyOf(identity)
      return { first: this.#first, replaced, runningJobs: begun.length }
    })
  }

  /** From when this resolves on nothing that the key signs is accepted. @returns false where there is no such key besides the first @throws DurableFileError */
  revoke(accessKeyId: string): Promise<boolean> {
    return this.#change(async () => {
      if (this.#isFirst(accessKeyId) || !this.#keys.has(accessKeyId)) return false
      await this.#save([...this.#keys.values()].filter((key) => key.accessKeyId !== accessKeyId))
      return true
    })
  }

  #isFirst(accessKeyId: string): boolean {
    return accessKeyId === this.#first.accessKeyId
  }

  #change<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = this.#changes.then(change)
    this.#changes = result.catch(() => undefined)
    return result
  }

  async #add(key: AccessKey): Promise<void> {
    if (this.#keys.size >= MOST_KEYS) throw new TooManyKeysError()
    await this.#save([...new Map(this.#keys).set(key.accessKeyId, key).values()])
  }

  async #save(keys: readonly AccessKey[]): Promise<void> {
    const file: KeysFile = { version: 1, keys }
    const { folder, durable } = this.#parts
    await durable.write(keysFile(folder), `${JSON.stringify(file, undefined, 2)}\n`, { mode: 0o600 })
    this.#keys = byId(keys)
  }
}

/** The present secret and those before it, as far as an attempt that runs may have its session from them. A clock that was set back shuts none out. */
function replacedSecrets(
  { sessionKey, replacedSessionKeys = [] }: SessionSecrets,
  now: number,
  begun: readonly number[],
): readonly ReplacedSessionKey[] {
  const last = begun.reduce((latest, time) => Math.max(latest, time), now)
  const all = [...replacedSessionKeys, { sessionKey, replacedAt: new Date(last).toISOString() }]
  return all.filter(({ replacedAt }) => begun.some((time) => time <= Date.parse(replacedAt)))
}

function firstKeyOf({ accessKeyId, secretAccessKey, account, keyCreatedAt }: Identity): AccessKey {
  const created = keyCreatedAt === undefined ? {} : { createdAt: keyCreatedAt }
  return { accessKeyId, secretAccessKey, account, kind: 'owner', ...created }
}

function byId(keys: readonly AccessKey[]): ReadonlyMap<string, AccessKey> {
  return new Map(keys.map((key) => [key.accessKeyId, key]))
}

function keysFile(folder: string): string {
  return join(folder, 'keys.json')
}

async function readKeys(path: string): Promise<KeysFile> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (isKeysFile(value)) return value
  } catch (error) {
    if (isMissing(error)) return { version: 1, keys: [] }
    if (!(error instanceof SyntaxError)) throw new IdentityError(`${path} cannot be read`, { cause: error })
  }
  throw new IdentityError(
    `${path} is not a list of keys of Trainyard; restore it from a backup, or move it away to have none`,
  )
}

const TEXT_MEMBERS = ['accessKeyId', 'secretAccessKey', 'account'] as const

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
