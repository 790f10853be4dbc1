import { KEY_KINDS, TooManyKeysError, type AccessKey, type AccessKeys } from '../../identity/access-keys.ts'
import type { Identity } from '../../identity/identity.ts'
import type { WireClock } from '../../clock/clock.ts'
import type { ObjectStore } from '../../objects/objects.ts'
import { AwsError } from '../../protocol/errors.ts'
import { choice, optional, structure, text } from '../../protocol/shapes/declare.ts'
import { decodeInput } from '../../protocol/validate.ts'
import { notAuthorized } from '../not-authorized.ts'
import type { Call } from '../operation.ts'
import { makeDefaultBucket } from './default-bucket.ts'
import type { OwnAnswer } from './own-answer.ts'
import { requireOwner } from './require-owner.ts'

export interface KeysContext {
  readonly keys: AccessKeys
  readonly identity: Identity
  readonly objects: Pick<ObjectStore, 'bucket' | 'createBucket'>
  readonly clock: WireClock
}

const NEW_KEY = structure({
  kind: choice(KEY_KINDS),
  account: optional(text({ min: 12, max: 12, pattern: '\\d{12}' })),
})

/** `GET /-/keys`: every key that the caller may manage, without its secret. The key that the data folder was made with comes first. */
export function listKeys({ keys, identity }: KeysContext) {
  return async (_request: unknown, call: Call): Promise<OwnAnswer> => {
    requireOwner(call, 'ListKeys')
    const made = keys.list().filter(({ account }) => mayManage(call, account, identity))
    const { accessKeyId, account } = identity
    const first = mayManage(call, account, identity) ? [{ accessKeyId, account, kind: 'owner', first: true }] : []
    return { status: 200, body: { keys: [...first, ...made.map(withoutSecret)] } }
  }
}

/** `POST /-/keys`: makes a key, and for an account that is new its default bucket. Its secret is in this answer and never again. */
export function createKey(context: KeysContext) {
  return async ({ body }: { readonly body: object }, call: Call): Promise<OwnAnswer> => {
    requireOwner(call, 'CreateKey')
    const decoded = decodeInput(NEW_KEY, body)
    if (decoded.kind !== 'valid') throw new AwsError('ValidationException', decoded.text)
    const { kind, account = call.principal.account } = decoded.value
    if (!mayManage(call, account, context.identity)) throw notAuthorized(call.principal, 'trainyard:CreateKey')
    const defaultBucket = await makeDefaultBucket(context.objects, { account, region: context.identity.region })
    const key = await makeKey(context, { kind, account })
    return { status: 201, body: { ...key, defaultBucket } }
  }
}

/** `DELETE /-/keys/:id`: nothing that the key signs is accepted any more. */
export function revokeKey({ keys, identity }: KeysContext) {
  return async (
    { parameters }: { readonly parameters: Readonly<Record<string, string>> },
    call: Call,
  ): Promise<OwnAnswer> => {
    requireOwner(call, 'RevokeKey')
    const id = parameters['id'] ?? ''
    if (id === identity.accessKeyId && mayManage(call, identity.account, identity)) throw firstKey(id)
    const key = keys.find(id)
    const isRevoked = key && mayManage(call, key.account, identity) && (await keys.revoke(id))
    if (!isRevoked)
      throw new AwsError('NoSuchEntity', `The Access Key with id ${id.slice(0, 128)} cannot be found.`, { status: 404 })
    return { status: 200, body: withoutSecret(key) }
  }
}

/** Whoever owns the account that the data folder was made with owns the server; others manage the keys of their own account. */
function mayManage({ principal }: Call, account: string, identity: Identity): boolean {
  return principal.account === account || principal.account === identity.account
}

async function makeKey({ keys, clock }: KeysContext, wanted: Pick<AccessKey, 'kind' | 'account'>): Promise<AccessKey> {
  try {
    return await keys.create({ ...wanted, now: clock.now() })
  } catch (error) {
    if (error instanceof TooManyKeysError) throw new AwsError('LimitExceededException', error.message, { cause: error })
    throw error
  }
}

function withoutSecret({ accessKeyId, account, kind, createdAt }: AccessKey): object {
  return { accessKeyId, account, kind, createdAt }
}

function firstKey(id: string): AwsError {
  return new AwsError(
    'ValidationException',
    `${id} is the key that the data folder was made with; this program itself signs with it, and it cannot be revoked.`,
  )
}
