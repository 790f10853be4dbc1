import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DurableFiles } from '../durable/durable-files.ts'
import { base32Characters } from '../util/base32.ts'
import { isMissing } from '../util/error-code.ts'
import type { Ids } from '../util/ids.ts'
import type { ReplacedSessionKey } from './job-session.ts'

/** Who this data folder belongs to, and its first key; made at its first start, kept in `identity.json` (mode 0600), never shown to a job. */
export interface Identity {
  readonly version: 1
  /** Twelve digits. */
  readonly account: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** ISO 8601; not there for the key that the folder was made with. */
  readonly keyCreatedAt?: string
  /** Secret from which the sessions of jobs are derived; 64 hex digits. */
  readonly sessionKey: string
  /** Those before it, as long as a job runs that may have its session from them. */
  readonly replacedSessionKeys?: readonly ReplacedSessionKey[]
  readonly defaultBucket: string
}

export class IdentityError extends Error {
  override readonly name = 'IdentityError'
  readonly code = 'IdentityUnreadable'
}

/**
 * Reads the identity of a data folder, or makes it.
 *
 * @throws IdentityError for a file that is not what we wrote: its keys are in people's profiles, so a new one is never made in its place
 */
export async function loadIdentity(parts: {
  readonly folder: string
  readonly region: string
  readonly durable: DurableFiles
  readonly ids: Ids
}): Promise<Identity> {
  const path = join(parts.folder, 'identity.json')
  const existing = await readIdentity(path)
  if (existing) return existing
  const identity = newIdentity(parts.region, parts.ids)
  await saveIdentity(parts, identity)
  return identity
}

/** @throws DurableFileError */
export async function saveIdentity(
  { folder, durable }: { readonly folder: string; readonly durable: DurableFiles },
  identity: Identity,
): Promise<void> {
  const text = `${JSON.stringify(identity, undefined, 2)}\n`
  await durable.write(join(folder, 'identity.json'), text, { mode: 0o600 })
}

/** @returns undefined where there is none. @throws IdentityError */
export async function readIdentity(path: string): Promise<Identity | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw new IdentityError(`${path} cannot be read`, { cause: error })
  })
  if (text === undefined) return undefined
  const value: unknown = parse(text)
  if (isIdentity(value)) return value
  throw new IdentityError(
    `${path} is not an identity of Trainyard; restore it from a backup, or move the data folder away to begin anew`,
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const TEXT_MEMBERS = ['account', 'region', 'accessKeyId', 'secretAccessKey', 'sessionKey', 'defaultBucket'] as const

function isIdentity(value: unknown): value is Identity {
  if (typeof value !== 'object' || value === null || !('version' in value) || value.version !== 1) return false
  const members = new Map<string, unknown>(Object.entries(value))
  return TEXT_MEMBERS.every((name) => typeof members.get(name) === 'string') && isReplaced(members.get(REPLACED))
}

const REPLACED = 'replacedSessionKeys' satisfies keyof Identity

function isReplaced(value: unknown): boolean {
  const isOne = (one: unknown) =>
    typeof one === 'object' && one !== null && 'sessionKey' in one && typeof one.sessionKey === 'string'
  return value === undefined || (Array.isArray(value) && value.every(isOne))
}

function newIdentity(region: string, ids: Ids): Identity {
  const account = String(100_000_000_000n + (ids.bytes(8).readBigUInt64BE() % 900_000_000_000n))
  return {
    version: 1,
    account,
    region,
    ...newKeyPair(ids),
    sessionKey: newSessionKey(ids),
    defaultBucket: defaultBucketOf(account, region),
  }
}

/** A key of AWS's form. */
export function newKeyPair(ids: Ids): Pick<Identity, 'accessKeyId' | 'secretAccessKey'> {
  return {
    accessKeyId: `AKIA${base32Characters(ids.bytes(16))}`,
    secretAccessKey: ids.bytes(30).toString('base64'),
  }
}

export function newSessionKey(ids: Ids): string {
  return ids.bytes(32).toString('hex')
}

/** The name that the SageMaker SDKs would make for themselves (client-flows 1). */
export function defaultBucketOf(account: string, region: string): string {
  return `sagemaker-${region}-${account}`
}

/** The account whose default bucket, in whatever region, has this name. @returns undefined for any other name */
export function accountOfDefaultBucket(name: string): string | undefined {
  return /^sagemaker-[a-z]{2}(?:-[a-z]+)+-\d-(\d{12})$/.exec(name)?.[1]
}
