import assert from 'node:assert/strict'
import { advance, type JobEvent } from '../../../src/lifecycle/advance.ts'
import { newJob } from '../../../src/lifecycle/job.ts'
import type { JobRecord, NewJob, Store } from '../../../src/store/store.ts'

/** A store under test. `reopen` closes it and opens what it left. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: Store
  reopen(): Promise<Store>
}

export const SCOPE = { account: '111122223333', region: 'us-east-1' } as const

/** Job 7 is `job-7`, made 7 ms after the first. */
export function aJob(number: number, overrides: Partial<NewJob> = {}): NewJob {
  const name = overrides.name ?? `job-${number}`
  return {
    ...SCOPE,
    id: number.toString(16).padStart(32, '0'),
    name,
    arn: `arn:aws:sagemaker:us-east-1:111122223333:training-job/${name.toLowerCase()}`,
    state: newJob(1_700_000_000_000 + number),
    request: `{"TrainingJobName":"${name}"}`,
    document: '{}',
    tags: [],
    journal: [{ kind: 'created', time: 1_700_000_000_000 + number, data: { notHonoured: [] } }],
    ...overrides,
  }
}

/** Applies events, each a second after the one before. */
export async function play(store: Store, id: string, events: readonly JobEvent[]): Promise<JobRecord> {
  for (const event of events) {
    const job = await existing(store, id)
    const next = advance(job.state, event, job.state.lastModifiedTime + 1000)
    assert.equal(next.kind, 'advanced')
    if (next.kind !== 'advanced') continue
    const { state, transitionsFrom } = next
    const change = { id, expectedVersion: job.version, state, transitionsFrom, journal: [] }
    assert.equal(await store.apply(change), true)
  }
  return existing(store, id)
}

export async function existing(store: Store, id: string): Promise<JobRecord> {
  const job = await store.job(id)
  assert.ok(job)
  return job
}

/** From Create to Failed, with every optional member set on the way. */
export const TO_THE_END: readonly JobEvent[] = [
  { kind: 'preparing' },
  { kind: 'downloading' },
  { kind: 'training' },
  { kind: 'command-ended', outcome: { kind: 'failed', reason: 'AlgorithmError: , exit code: 1' } },
  { kind: 'finished', modelArtifacts: 's3://b/m', finalMetrics: [{ name: 'loss', value: 0.5, timestamp: 17 }] },
]
