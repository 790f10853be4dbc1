import { attemptBegan } from '../lifecycle/accounting.ts'
import { isTerminal } from '../lifecycle/status.ts'
import type { JobRecord, Store } from '../store/store.ts'
import type { AccessKeys } from './access-keys.ts'
import { sessionOf } from './job-session.ts'
import type { Credential, CredentialSource, FoundCredential } from './principal.ts'

/** The keys of this data folder, and the sessions of the jobs that run. */
export class Credentials implements CredentialSource {
  readonly #store: Pick<Store, 'job'>
  readonly #keys: Pick<AccessKeys, 'find' | 'sessionSecrets'>

  constructor(store: Pick<Store, 'job'>, keys: Pick<AccessKeys, 'find' | 'sessionSecrets'>) {
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
    const session = sessionOf(this.#keys.sessionSecrets, sessionToken)
    if (session?.keys.accessKeyId !== accessKeyId) return 'bad-token'
    const job = await this.#store.job(session.jobId)
    if (!job || isTerminal(job.state.status) || job.state.attempt !== session.attempt) return 'expired'
    if (attemptBegan(job.state) > session.begunBy) return 'expired'
    const scope = { kind: 'buckets', jobId: job.id, buckets: bucketsNamedIn(job) } as const
    return { ...session.keys, principal: { account: job.account, accessKeyId, kind: 'job', scope } }
  }
}

/** Every bucket that the request names anywhere: channels, outputs, and hyperparameters such as `sagemaker_submit_directory`. */
export function bucketsNamedIn(job: Pick<JobRecord, 'request'>): readonly string[] {
  const names = [...job.request.matchAll(/s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/g)].map((match) => match[1] ?? '')
  return [...new Set(names)]
}
