import fc from 'fast-check'
import type { Injection, JobSpec } from './job-spec.ts'
import { openPair, takeStep, finish, type Model, type Pair } from './play.ts'
import type { RealServer } from './real-server.ts'
import type { Request, Step } from './steps.ts'

/** Few, so that programs come back to the same job; the last is the same name as the second (behaviour 2.4). */
const NAMES = ['a', 'b', 'c', 'B'] as const

/** Seconds, coarse, so that moments coincide. */
const SHORT = fc.constantFrom(1, 0, 2, 5)

const ENDING = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  fc.record({ code: fc.constantFrom(1, 0), at: fc.constantFrom(3, 5, 0, 40) }, { requiredKeys: ['code'] }),
  fc.record({ by: fc.constantFrom('loss', 'out of memory', 'signal'), at: fc.constantFrom(3, 5, 40) } as const),
)

const FAILS = fc.record({
  step: fc.constantFrom('launch', 'download', 'upload'),
  fault: fc.constantFrom('client', 'platform'),
} as const)

/** The command of a job with one host cannot be started; how one of several fares then is said nowhere. */
const NOT_STARTED = fc.record({
  hosts: fc.constant([{}]),
  fails: fc.record({ step: fc.constant('start' as const), fault: fc.constantFrom('client', 'platform') } as const),
})

const COMMON = {
  launch: fc.oneof({ weight: 8, arbitrary: SHORT }, fc.constant(10_000)),
  download: SHORT,
  run: fc.constantFrom(5, 0, 1, 40, 300),
  upload: SHORT,
  maxRuntime: fc.constantFrom(3600, 1, 3, 7, 45),
  hosts: fc.array(ENDING, { minLength: 1, maxLength: 3 }),
  ignoresTerm: fc.constant(true as const),
  checkpointEvery: fc.constantFrom(1, 7),
  retries: fc.constantFrom(1, 2, 5),
  maxPending: fc.constant(7200),
  onlyFirstAttempt: fc.constant(true as const),
  grouped: fc.constant(true as const),
  priority: fc.constantFrom(1, -1, 100),
}
const REQUIRED = ['launch', 'download', 'run', 'upload', 'maxRuntime', 'hosts'] as const

const ON_DEMAND: fc.Arbitrary<JobSpec> = fc.record(
  { ...COMMON, keepAlive: fc.constantFrom(10, 60, 3600) },
  { requiredKeys: [...REQUIRED] },
)

const SPOT: fc.Arbitrary<JobSpec> = fc
  .record({ ...COMMON, longer: fc.constantFrom(0, 1, 4, 100) }, { requiredKeys: [...REQUIRED, 'longer'] })
  .map(({ longer, ...job }) => ({ ...job, maxWait: job.maxRuntime + longer }))

const OFTEN = { times: fc.constantFrom(1, 2) }

const INJECTION: fc.Arbitrary<Injection> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('interrupt'),
      stage: fc.constantFrom('training', 'start', 'downloading', 'uploading'),
      after: fc.constantFrom(1, 0, 3),
      ...OFTEN,
    } as const),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constantFrom('stop', 'limit max-runtime', 'limit max-wait', 'limit max-pending'),
      stage: fc.constantFrom('training', 'start', 'downloading', 'uploading', 'interrupted'),
      after: fc.constantFrom(1, 0, 3),
      ...OFTEN,
    } as const),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('end'),
      by: fc.constantFrom('exit', 'kill', 'oom'),
      code: fc.constantFrom(3, 0),
      host: fc.constantFrom(1, 2, 3),
      stage: fc.constant('training'),
      // Never the moment at which the command ends by itself: which of the two is first then is said nowhere.
      after: fc.constantFrom(0.5, 2.5, 30.5),
      ...OFTEN,
    } as const),
  },
  fc.record(
    {
      does: fc.constant('hang'),
      while: fc.constantFrom('stopping', 'interrupted'),
      lasts: fc.constantFrom(2, 30),
      ...OFTEN,
    } as const,
    { requiredKeys: ['does', 'while', 'times'] },
  ),
  fc.record({ does: fc.constantFrom('unhealthy', 'fail-store write'), ...OFTEN } as const),
  // More than once would be for the other hosts: the first ends the job.
  fc.record({ does: fc.constantFrom('fail-role', 'fail-image'), times: fc.constant(1) } as const),
  fc.record({
    does: fc.constant('capacity'),
    while: fc.constantFrom('start', 'interrupted'),
    lasts: fc.constantFrom<number | 'never'>(1, 60, 'never'),
    ...OFTEN,
  } as const),
)

const FAULT = fc.oneof({ weight: 5, arbitrary: fc.constant({}) }, fc.record({ fails: FAILS }), NOT_STARTED, {
  weight: 2,
  arbitrary: fc.record({ rehearsal: fc.array(INJECTION, { minLength: 1, maxLength: 2 }) }),
})

const JOB_ON_PROCESSORS: fc.Arbitrary<JobSpec> = fc
  .tuple(fc.oneof(ON_DEMAND, SPOT), FAULT)
  .map(([job, fault]) => onItsHosts({ ...job, ...fault }))

/** A rehearsal names hosts that the job has. */
function onItsHosts(job: JobSpec): JobSpec {
  if (!job.rehearsal) return job
  const within = (injection: Injection): Injection =>
    injection.does === 'end' ? { ...injection, host: Math.min(injection.host, job.hosts.length) } : injection
  return { ...job, rehearsal: job.rehearsal.map(within) }
}

const WITH_GPU: fc.Arbitrary<JobSpec> = fc
  .tuple(JOB_ON_PROCESSORS, fc.constantFrom(1, 2))
  .map(([job, most]) => ({ ...job, gpus: Math.min(most, job.hosts.length) }))

const JOB = fc.oneof({ weight: 3, arbitrary: JOB_ON_PROCESSORS }, { weight: 2, arbitrary: WITH_GPU })

const NAME = fc.constantFrom(...NAMES)

const UPDATE = fc.oneof(
  fc.constantFrom('profiler', 'remote-debug', 'nothing'),
  fc.record({ keepAlive: fc.constantFrom(0, 5, 600) }),
)

const CREATE: fc.Arbitrary<Request> = fc.record({ do: fc.constant('create'), name: NAME, job: JOB })
const OTHER: fc.Arbitrary<Request> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('stop'), name: NAME }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('interrupt'), name: NAME }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete'), name: NAME }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('update'), name: NAME, what: UPDATE }) },
  fc.record({ do: fc.constant('describe'), name: NAME }),
)

const DOWN = fc.constantFrom(0, 1, 700, 3000, 100_000)

const ADVANCE: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('advance to next'), off: fc.constantFrom(0, -1, 1) }) },
  fc.record({
    do: fc.constant('advance'),
    by: fc.oneof(fc.nat({ max: 6000 }), fc.nat({ max: 200 }).map(seconds), fc.nat({ max: 9000 }).map(seconds)),
  }),
)

function seconds(count: number): number {
  return count * 1000
}

const CRASH: fc.Arbitrary<Step> = fc.record({ do: fc.constantFrom('crash', 'restart'), down: DOWN })

/** Where a request has come to by then depends on the machine, so such programs are no part of the short run. */
const CRASH_DURING: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('crash during'),
  request: fc.oneof(CREATE, OTHER),
  turns: fc.nat({ max: 30 }),
  down: DOWN,
})

class Taken implements fc.AsyncCommand<Model, RealServer> {
  readonly #step: Step

  constructor(step: Step) {
    this.#step = step
  }

  check(): boolean {
    return true
  }

  run(model: Model, real: RealServer): Promise<void> {
    return takeStep({ model, real }, this.#step)
  }

  /** As it stands in a program that is kept. */
  toString(): string {
    return JSON.stringify(this.#step)
  }
}

function commands(steps: fc.Arbitrary<Step>): fc.Arbitrary<Taken> {
  return steps.map((step) => new Taken(step))
}

function programs(more: readonly fc.Arbitrary<Step>[]) {
  const steps = [CREATE, CREATE, OTHER, OTHER, ADVANCE, ADVANCE, ADVANCE, CRASH, ...more]
  return fc.commands<Model, RealServer, false>(steps.map(commands), { maxCommands: 24, size: 'max' })
}

export interface ProgramsOptions {
  readonly count: number
  /** Drawn where it is not given. */
  readonly seed?: number
  /** Whether servers are also dropped while they answer. */
  readonly midway: boolean
}

/** Plays random programs. @throws the shrunk program of the first that shows what the model does not allow */
export async function playPrograms({ count, seed, midway }: ProgramsOptions): Promise<void> {
  await fc.assert(
    fc.asyncProperty(programs(midway ? [CRASH_DURING] : []), async (program) => {
      const pair: Pair = await openPair()
      await using _real = pair.real
      await fc.asyncModelRun(() => pair, program)
      await finish(pair)
    }),
    { numRuns: count, ...(seed === undefined ? {} : { seed }) },
  )
}
