import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { JobClock } from '../../src/clock/clock.ts'
import { Settling } from '../../src/clock/settling.ts'
import { VirtualClock } from '../../src/clock/virtual-clock.ts'
import { compileConfig } from '../../src/config/config.ts'
import type { JobState } from '../../src/lifecycle/job.ts'
import { newJob } from '../../src/lifecycle/job.ts'
import { openEmbeddedObjects } from '../../src/objects/embedded/embedded-objects.ts'
import type { ObjectStore } from '../../src/objects/objects.ts'
import type { Runtime } from '../../src/runtime/runtime.ts'
import { SimulatedRuntime } from '../../src/runtime/simulated/simulated-runtime.ts'
import { PLANNED } from '../../src/rehearsal/job-rehearsal.ts'
import { rehearsing } from '../../src/rehearsal/rehearsing.ts'
import { admitAll } from '../../src/scheduler/admission.ts'
import type { Scheduler } from '../../src/scheduler/scheduler.ts'
import { recordEvent } from '../../src/store/record-event.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import type { JobRequest } from '../../src/supervisor/job-request.ts'
import { Supervisors } from '../../src/supervisor/supervisors.ts'
import { warmPoolKey } from '../../src/supervisor/warm-pools.ts'
import { systemIds } from '../../src/util/ids.ts'
import { startAtOnce } from '../support/start-at-once.ts'

export interface SupervisorFixture extends AsyncDisposable {
  readonly store: Store
  readonly objects: ObjectStore
  readonly clock: VirtualClock
  readonly supervisors: Supervisors
  /**
   * Lets go of every job and takes them up again with new supervisors and a new runtime, as a server does that was killed.
   * @param meanwhile what happens before they are taken up
   */
  restart(runtime?: Runtime, meanwhile?: () => Promise<void>): Promise<void>
  /** Inserts a job and wakes its supervisor. @param plan it is broken by @returns its id */
  submit(request?: object, plan?: string): Promise<string>
  /** Writes the intent to stop, and wakes the supervisor. */
  stop(jobId: string): Promise<void>
  state(jobId: string): Promise<JobState>
  /** Moves job time on in steps until the job is over. */
  ended(jobId: string): Promise<JobState>
}

export const START = 1_700_000_000_000

/** Supervisors on a real store, real objects and a clock that is driven by hand. */
export async function supervisorFixture(
  options: {
    readonly runtime?: (clock: VirtualClock) => Runtime
    readonly scheduler?: (clock: VirtualClock) => Scheduler
    readonly quotas?: Readonly<Record<string, number>>
    /** By how much the wall clock has been set since, milliseconds: the supervisors see it, nobody else. */
    readonly stepped?: () => number
    /** Whether jobs may be broken on purpose. */
    readonly rehearsals?: boolean
  } = {},
): Promise<SupervisorFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-supervisor-'))
  const opened = await openSqliteStore({ path: join(folder, 'store.db') })
  const settling = new Settling()
  const clock: VirtualClock = new VirtualClock(START, () => settling.settled(() => clock.waits))
  const supervised: JobClock = {
    now: () => clock.now() + (options.stepped?.() ?? 0),
    monotonic: () => clock.monotonic(),
    sleep: (milliseconds, waiting) => clock.sleep(milliseconds, waiting),
    timer: (milliseconds, ring) => clock.timer(milliseconds, ring),
  }
  const ids = systemIds()
  const objects = await openEmbeddedObjects({ folder: join(folder, 'objects'), clock, ids })
  const rehearse = () =>
    rehearsing(options.rehearsals ?? false, {
      store: opened,
      clock,
      log: pino({ level: 'silent' }),
      logsFolder: folder,
    })
  let rehearsals = rehearse()
  let { store } = rehearsals
  await objects.createBucket({ name: 'bucket', account: '111122223333', region: 'us-east-1' })
  const supervise = (runtime: Runtime) =>
    new Supervisors({
      store,
      objects,
      runtime: rehearsals.runtime(runtime),
      scheduler: options.scheduler?.(clock) ?? startAtOnce(clock),
      admission: rehearsals.admission(admitAll),
      clock: supervised,
      config: compileConfig({ fleet: { quotas: options.quotas ?? {} } }),
      log: pino({ level: 'silent' }),
      environments: { resolve: (name) => ({ name, python: '/usr/bin/python3' }) },
      session: () => ({ accessKeyId: 'ASIA', secretAccessKey: 's', sessionToken: 't' }),
      endpoint: () => ({ url: 'http://127.0.0.1:1' }),
      networkInterface: () => 'eth0',
      streams: {
        fileOf: ({ jobId, attempt, host }) => join(folder, `${jobId}-${attempt}-${host}`),
        open: async (job, { host, attempt }) => join(folder, `${job.id}-${attempt}-${host}`),
      },
      metrics: { follow: () => undefined, finish: async () => [], forget: () => undefined },
    })
  const runtime = options.runtime ?? ((time: VirtualClock) => new SimulatedRuntime(time))
  let supervisors = supervise(runtime(clock))
  await rehearsals.begin(supervisors)
  await supervisors.recover()
  const state = async (jobId: string) => {
    const job = await store.job(jobId)
    if (!job) throw new TypeError(`no job ${jobId}`)
    return job.state
  }
  return {
    get store() {
      return store
    },
    objects,
    clock,
    get supervisors() {
      return supervisors
    },
    async restart(next = runtime(clock), meanwhile = async () => {}) {
      await rehearsals.close()
      await supervisors.close()
      rehearsals = rehearse()
      store = rehearsals.store
      supervisors = supervise(next)
      await meanwhile()
      await rehearsals.begin(supervisors)
      await supervisors.recover()
    },
    async submit(request: Partial<JobRequest> = {}, plan) {
      const id = ids.jobId(clock.now())
      const name = `job-${id.slice(-6)}`
      const scope = { account: '111122223333', region: 'us-east-1' }
      const full: JobRequest = {
        TrainingJobName: name,
        RoleArn: 'arn:aws:iam::111122223333:role/jobs',
        AlgorithmSpecification: { TrainingInputMode: 'File' },
        OutputDataConfig: { S3OutputPath: 's3://bucket/out' },
        ...request,
      }
      const key = warmPoolKey(full)
      await store.insertJob({
        ...scope,
        id,
        name,
        arn: `arn:${name}`,
        state: newJob(clock.now(), full.ResourceConfig?.KeepAlivePeriodInSeconds),
        ...(key === undefined ? {} : { warmPoolKey: key }),
        request: JSON.stringify(full),
        document: '{}',
        tags: [],
        journal: plan === undefined ? [] : [{ kind: PLANNED, time: clock.now(), data: { plan } }],
      })
      supervisors.wake(id)
      return id
    },
    async stop(jobId) {
      await recordEvent(store, clock, { jobId, event: { kind: 'stop-requested', cause: 'user' } })
      supervisors.wake(jobId)
    },
    state,
    async ended(jobId) {
      for (let step = 0; step < 10_000; step++) {
        const now = await state(jobId)
        if (now.trainingEndTime !== undefined) return now
        await clock.advance(100)
      }
      throw new Error(`the job did not end: ${JSON.stringify(await state(jobId))}`)
    },
    async [Symbol.asyncDispose]() {
      await rehearsals.close()
      await supervisors.close()
      await objects.close()
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
}

export function statusesOf(state: JobState): string[] {
  return state.transitions.map(({ status }) => status)
}
