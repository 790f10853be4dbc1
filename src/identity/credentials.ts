import { isTerminal } from '../lifecycle/status.ts'
import type { JobRecord, Store } from '../store/store.ts'
import type { AccessKeys } from './access-keys.ts'
import type { Identity } from './identity.ts'
import { sessionKeys, sessionOwner } from './job-session.ts'
import type { Credential, CredentialSource, FoundCredential } from './principal.ts'

/** The keys of this data folder, and the sessions of the jobs that run. */
export class Credentials implements CredentialSource {
  readonly #identity: Pick<Identity, 'sessionKey'>
  readonly #store: Store
  readonly #keys: Pick<AccessKeys, 'find'>

  constructor(identity: Pick<Identity, 'sessionKey'>, store: Store, keys: Pick<AccessKeys, 'find'>) {
    this.#identity = identity
    this.#store = store
    this.#keys = keys
  }

  find(accessKeyId: string, sessionToken: string | undefined): FoundCredential | Promise<FoundCredential> {
    if (!accessKeyId.startsWith('ASIA')) return this.#lasting(accessKeyId, sessionToken)
    if (sessionToken === undefined) return 'bad-token'
    return this.#session(accessKeyId, sessionToken)
  }

  #lasting(accessKeyId: string, sessionToken: string | undefined): Credential | 'bad-token' | undefined {
    const key = this.#keys.find(accessKeyId)
    if (key && sessionToken !== undefined) return 'bad-token'
    if (!key) return undefined
    const { secretAccessKey, account, kind } = key
    return { accessKeyId, secretAccessKey, principal: { account, accessKeyId, kind, scope: { kind: 'everything' } } }
  }

  async #session(accessKeyId: string, sessionToken: string): Promise<Credential | 'expired' | 'bad-token'> {
    const owner = sessionOwner(this.#identity.sessionKey, sessionToken)
    if (!owner) return 'bad-token'
    const keys = sessionKeys(this.#identity.sessionKey, owner)
    if (keys.accessKeyId !== accessKeyId) return 'bad-token'
    const job = await this.#store.job(owner.jobId)
    if (!job || isTerminal(job.state.status) || job.state.attempt !== owner.attempt) return 'expired'
    const scope = { kind: 'buckets', jobId: job.id, buckets: bucketsNamedIn(job) } as const
    return { ...keys, principal: { account: job.account, accessKeyId, kind: 'job', scope } }
  }
}

/** Every bucket that the request names anywhere: channels, outputs, and hyperparameters such as `sagemaker_submit_directory`. */
export function bucketsNamedIn(job: Pick<JobRecord, 'request'>): readonly string[] {
  const names = [...job.request.matchAll(/s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/g)].map((match) => match[1] ?? '')
  return [...new Set(names)]
}
