import { KEY_KINDS, TooManyKeysError, type AccessKey, type AccessKeys } from '../../identity/access-keys.ts'
import type { Identity } from '../../identity/identity.ts'
import type { WireClock } from '../../clock/clock.ts'
import { attemptBegan } from '../../lifecycle/accounting.ts'
import { isTerminal } from '../../lifecycle/status.ts'
import type { ObjectStore } from '../../objects/objects.ts'
import { AwsError } from '../../protocol/errors.ts'
import { choice, optional, structure, text } from '../../protocol/shapes/declare.ts'
import { decodeInput } from '../../protocol/validate.ts'
import type { Store } from '../../store/store.ts'
import { notAuthorized } from '../not-authorized.ts'
import type { Call } from '../operation.ts'
import { makeDefaultBucket } from './default-bucket.ts'
import type { OwnAnswer } from './own-answer.ts'
import { requireOwner, requireServerOwner } from './require-owner.ts'

export interface KeysContext {
  readonly keys: AccessKeys
  readonly identity: Pick<Identity, 'account' | 'region'>
  readonly objects: Pick<ObjectStore, 'bucket' | 'createBucket'>
  readonly store: Pick<Store, 'unfinishedJobs' | 'job'>
  readonly clock: WireClock
}

const NEW_KEY = structure({
  kind: choice(KEY_KINDS),
  account: optional(text({ min: 12, max: 12, pattern: '\\d{12}' })),
})

/** All that is done with keys, by method and path. */
export function keyRoutes(context: KeysContext) {
  return {
    'GET /-/keys': listKeys(context),
    'POST /-/keys': createKey(context),
    'POST /-/keys/rotate': rotateFirstKey(context),
    'DELETE /-/keys/:id': revokeKey(context),
  }
}

/** `GET /-/keys`: every key that the caller may manage, without its secret. The one that the programs of the data folder sign with comes first. */
function listKeys({ keys, identity }: KeysContext) {
  return async (_request: unknown, call: Call): Promise<OwnAnswer> => {
    requireOwner(call, 'ListKeys')
    const managed = keys.list().filter(({ account }) => mayManage(call, account, identity))
    const listed = managed.map((key) =>
      key === keys.first ? { ...withoutSecret(key), first: true } : withoutSecret(key),
    )
    return { status: 200, body: { keys: listed } }
  }
}

/** `POST /-/keys`: makes a key, and for an account that is new its default bucket. Its secret is in this answer and never again. */
export function createKey(context: Omit<KeysContext, 'store'>) {
  return async ({ body }: { readonly body: object }, call: Call): Promise<OwnAnswer> => {
    requireOwner(call, 'CreateKey')
    const decoded = decodeInput(NEW_KEY, body)
    if (decoded.kind !== 'valid') throw new AwsError('ValidationException', decoded.text)
    const { kind, account = call.principal.account } = decoded.value
    if (!mayManage(call, account, context.identity)) throw notAuthorized(call.principal, 'trainyard:CreateKey')
    const defaultBucket = await makeDefaultBucket(context.objects, { account, region: context.identity.region })
    const { keys, clock } = context
    const key = await withinLimit(() => keys.create({ kind, account, now: clock.now() }))
    return { status: 201, body: { ...key, defaultBucket } }
  }
}

/** `POST /-/keys/rotate`: another key is the first one; what was it is an ordinary key from then on. Neither's secret is in the answer. */
function rotateFirstKey({ keys, identity, store, clock }: KeysContext) {
  return async (_request: unknown, call: Call): Promise<OwnAnswer> => {
    requireServerOwner(call, identity, 'RotateKey')
    const rotate = () => keys.rotate(clock.now(), () => attemptsThatRun(store))
    const { first, replaced, runningJobs } = await withinLimit(rotate)
    return { status: 200, body: { ...withoutSecret(first), replaced: replaced.accessKeyId, runningJobs } }
  }
}

/** When the attempts began that have a place on the machine: only these can have been given a session. */
async function attemptsThatRun(store: KeysContext['store']): Promise<readonly number[]> {
  const placed = (await store.unfinishedJobs()).filter(({ placement }) => placement !== undefined)
  const jobs = await Promise.all(placed.map(({ id }) => store.job(id)))
  return jobs.flatMap((job) => (job && !isTerminal(job.state.status) ? attemptBegan(job.state) : []))
}

/** `DELETE /-/keys/:id`: nothing that the key signs is accepted any more. */
function revokeKey({ keys, identity }: KeysContext) {
  return async (
    { parameters }: { readonly parameters: Readonly<Record<string, string>> },
    call: Call,
  ): Promise<OwnAnswer> => {
    requireOwner(call, 'RevokeKey')
    const id = parameters['id'] ?? ''
    if (id === keys.first.accessKeyId && mayManage(call, identity.account, identity)) throw firstKey(id)
    const key = keys.find(id)
    const isRevoked = key && mayManage(call, key.account, identity) && (await keys.revoke(id))
    if (!isRevoked)
      throw new AwsError('NoSuchEntity', `The Access Key with id ${id.slice(0, 128)} cannot be found.`, { status: 404 })
    return { status: 200, body: withoutSecret(key) }
  }
}

/** Whoever owns the account that the data folder was made with owns the server; others manage the keys of their own account. */
function mayManage({ principal }: Call, account: string, identity: KeysContext['identity']): boolean {
  return principal.account === account || principal.account === identity.account
}

async function withinLimit<Made>(make: () => Promise<Made>): Promise<Made> {
  try {
    return await make()
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
    `${id} is the key that this program itself signs with. Put another in its place first (trainyard keys rotate), then it can be revoked.`,
  )
}
