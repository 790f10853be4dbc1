import { createHmac, timingSafeEqual } from 'node:crypto'
import { base32Characters } from '../util/base32.ts'

/** What an AWS SDK inside a job needs to sign for S3. */
export interface SessionKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

interface SessionOwner {
  readonly jobId: string
  readonly attempt: number
}

/** A secret that another has taken the place of. */
export interface ReplacedSessionKey {
  readonly sessionKey: string
  /** ISO 8601, job time: attempts that began later have nothing from it. */
  readonly replacedAt: string
}

export interface SessionSecrets {
  /** Hex, as all of them. */
  readonly sessionKey: string
  readonly replacedSessionKeys?: readonly ReplacedSessionKey[]
}

interface Session extends SessionOwner {
  readonly keys: SessionKeys
  /** Epoch milliseconds: it is none of an attempt that began later. */
  readonly begunBy: number
}

const TOKEN_VERSION = 'ty1'

/**
 * A job's own session. Its three parts are derived from the server's session key, so nothing has to be stored and a server that was killed and
 * started again still knows them. It is good while the job runs that attempt; `Credentials` asks the record.
 *
 * @param sessionKey secret of this data folder, hex
 */
export function sessionKeys(sessionKey: string, owner: SessionOwner): SessionKeys {
  const name = `${owner.jobId}.${owner.attempt}`
  return {
    accessKeyId: `ASIA${base32Characters(derive(sessionKey, 'access-key', name)).slice(0, 16)}`,
    secretAccessKey: derive(sessionKey, 'secret', name).toString('base64').slice(0, 40),
    sessionToken: `${TOKEN_VERSION}.${name}.${derive(sessionKey, 'token', name).toString('base64url')}`,
  }
}

/** @returns the session that the token is of; undefined for one that this server never made */
export function sessionOf(
  { sessionKey, replacedSessionKeys = [] }: SessionSecrets,
  token: string,
): Session | undefined {
  const replaced = replacedSessionKeys.map((old) => ({ secret: old.sessionKey, begunBy: Date.parse(old.replacedAt) }))
  for (const { secret, begunBy } of [{ secret: sessionKey, begunBy: Infinity }, ...replaced]) {
    const owner = sessionOwner(secret, token)
    if (owner) return { ...owner, keys: sessionKeys(secret, owner), begunBy }
  }
  return undefined
}

/** @returns whose session of this secret the token is */
export function sessionOwner(sessionKey: string, token: string): SessionOwner | undefined {
  const [version, jobId, attempt, mac] = token.split('.')
  if (version !== TOKEN_VERSION || !jobId || !attempt || !mac) return undefined
  const expected = derive(sessionKey, 'token', `${jobId}.${attempt}`)
  const given = Buffer.from(mac, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  return { jobId, attempt: Number(attempt) }
}

function derive(sessionKey: string, purpose: string, name: string): Buffer {
  return createHmac('sha256', Buffer.from(sessionKey, 'hex')).update(`${purpose}:${name}`).digest()
}
