import { newJob } from '../../src/lifecycle/job.ts'
import { recordEvent } from '../../src/store/record-event.ts'
import type { JournalRecord } from '../../src/store/store.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { Seeded } from '../support/seeded.ts'
import { randomJob, type SimulatedJob } from './job-kinds.ts'
import { BUCKET, openSimulatedYard, SCOPE, type SimulatedYard } from './simulated-yard.ts'

export interface SimulationPlan {
  readonly jobs: number
  readonly seed: number
  /** Part of every job's name, so that two yards never have the same. */
  readonly shard: number
}

export interface SimulationReport {
  /** Of each kind of job how many ended how: `succeeds: Completed` → 17. */
  readonly endings: Readonly<Record<string, number>>
  /** Edges of the table that were taken, `Training → Uploading`. */
  readonly edges: readonly string[]
  /** In words; nothing where every invariant holds on every history. */
  readonly broken: readonly string[]
  /** Real milliseconds, in all and of the first ten thousand jobs. */
  readonly took: number
  readonly firstTook: number
  readonly firstJobs: number
  /** Of job time. */
  readonly hours: number
}

/** Jobs that come at once, and milliseconds of job time until the next do: fewer mean more commits for each job, more a heap and a cache that are slower. */
const BATCH = 100
const STEP = 5_000
/** Of those that are not over; more wait outside. */
const MOST_UNFINISHED = 20_000
const FIRST = 10_000
const MOST_BROKEN = 20

/** Runs that many jobs of mixed kinds through the real scheduler, supervisors and store, and looks at every history when its job is over. */
export async function runSimulation({ jobs, seed, shard }: SimulationPlan): Promise<SimulationReport> {
  await using yard = await openSimulatedYard()
  const run = new Simulation(yard, new Seeded(seed + shard), shard)
  const begun = performance.now()
  let firstTook: number | undefined
  for (let made = 0; made < jobs || run.unfinished > 0;) {
    const room = Math.min(BATCH, jobs - made, MOST_UNFINISHED - run.unfinished)
    for (let more = Math.max(0, room); more > 0; more--) run.create(made++)
    await yard.clock.advance(STEP)
    await run.look()
    if (run.ended >= Math.min(FIRST, jobs)) firstTook ??= performance.now() - begun
  }
  const took = performance.now() - begun
  const hours = yard.clock.monotonic() / 3_600_000
  return { ...run.found(), took, firstTook: firstTook ?? took, firstJobs: Math.min(FIRST, jobs), hours }
}

class Simulation {
  readonly #yard: SimulatedYard
  readonly #random: Seeded
  readonly #shard: number
  readonly #jobs = new Map<string, SimulatedJob>()
  /** Of each job that is not over, as far as the journal has been read. */
  readonly #journals = new Map<string, JournalRecord[]>()
  readonly #endings = new Map<string, number>()
  readonly #edges = new Set<string>()
  readonly #broken: string[] = []
  #cursor = 0
  ended = 0

  constructor(yard: SimulatedYard, random: Seeded, shard: number) {
    this.#yard = yard
    this.#random = random
    this.#shard = shard
  }

  get unfinished(): number {
    return this.#jobs.size
  }

  found(): Pick<SimulationReport, 'endings' | 'edges' | 'broken'> {
    return { endings: Object.fromEntries(this.#endings), edges: [...this.#edges], broken: this.#broken }
  }

  create(number: number): void {
    const { store, clock, supervisors } = this.#yard
    const now = clock.now()
    const id = number.toString(16).padStart(32, '0')
    const name = `job-${this.#shard}-${number}`
    const job = randomJob(this.#random)
    this.#jobs.set(id, job)
    this.#journals.set(id, [])
    const request = {
      TrainingJobName: name,
      RoleArn: 'arn:aws:iam::111122223333:role/simulated',
      AlgorithmSpecification: { TrainingImage: 'local/python', TrainingInputMode: 'File' },
      OutputDataConfig: { S3OutputPath: `s3://${BUCKET}/out` },
      ...job.request,
    }
    const arn = `arn:aws:sagemaker:${SCOPE.region}:${SCOPE.account}:training-job/${name}`
    const row = { ...SCOPE, id, name, arn, state: newJob(now), request: JSON.stringify(request), document: '{}' }
    const inserted = store.insertJob({ ...row, tags: [], journal: [{ kind: 'created', time: now, data: {} }] })
    this.#do(inserted.then((result) => result.kind === 'inserted' && supervisors.begin(result.job)))
    if (job.stopAfter !== undefined) this.#do(this.#stop(id, job.stopAfter))
    for (const after of job.interruptAfter ?? []) this.#do(this.#interrupt(id, after))
  }

  /** Checks what has ended since the last look. */
  async look(): Promise<void> {
    const over = new Set<string>()
    for (;;) {
      const entries = await this.#yard.store.journal({ after: this.#cursor, limit: 10_000 })
      for (const entry of entries) {
        const { jobId, data } = entry
        this.#journals.get(jobId)?.push(entry)
        if (TERMINAL.has(String(data['secondaryStatus']))) over.add(jobId)
      }
      this.#cursor = entries.at(-1)?.cursor ?? this.#cursor
      if (entries.length === 0) break
    }
    for (const id of over) await this.#check(id, this.#journals.get(id) ?? [])
  }

  async #check(id: string, journal: readonly JournalRecord[]): Promise<void> {
    const job = this.#jobs.get(id)
    const record = await this.#yard.store.job(id)
    if (!job || !record) return this.#report(`${id}: ended twice, or is gone`)
    this.#jobs.delete(id)
    this.#journals.delete(id)
    this.ended++
    const { secondaryStatus, transitions } = record.state
    const ending = `${job.kind}: ${secondaryStatus}`
    this.#endings.set(ending, (this.#endings.get(ending) ?? 0) + 1)
    if (!job.endings.includes(secondaryStatus)) this.#report(`${record.name}, which ${ending}`)
    for (const problem of brokenInvariants(record, journal)) this.#report(`${record.name} (${job.kind}): ${problem}`)
    for (const [index, { status }] of transitions.slice(1).entries())
      this.#edges.add(`${transitions[index]?.status} → ${status}`)
  }

  async #stop(jobId: string, after: number): Promise<void> {
    const { clock, store, supervisors } = this.#yard
    await clock.sleep(after)
    await recordEvent(store, clock, { jobId, event: { kind: 'stop-requested', cause: 'user' } })
    supervisors.wake(jobId)
  }

  async #interrupt(jobId: string, after: number): Promise<void> {
    await this.#yard.clock.sleep(after)
    await this.#yard.supervisors.interrupt(jobId)
  }

  #do(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#report(String(error)))
  }

  #report(problem: string): void {
    if (this.#broken.length < MOST_BROKEN) this.#broken.push(problem)
  }
}

const TERMINAL: ReadonlySet<string> = new Set([
  'Completed',
  'Failed',
  'Stopped',
  'MaxRuntimeExceeded',
  'MaxWaitTimeExceeded',
])
