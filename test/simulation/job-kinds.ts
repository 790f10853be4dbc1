import type { SecondaryStatus } from '../../src/lifecycle/status.ts'
import type { Seeded } from '../support/seeded.ts'

/** A job of the simulation: what is asked for, what is done to it from outside, and how it may end. */
export interface SimulatedJob {
  readonly kind: string
  /** Members of its CreateTrainingJob request beside its name and image. */
  readonly request: Readonly<Record<string, unknown>>
  /** Milliseconds after its creation. */
  readonly stopAfter?: number
  readonly interruptAfter?: readonly number[]
  readonly endings: readonly SecondaryStatus[]
}

type Kind = (random: Seeded) => Omit<SimulatedJob, 'kind'>

const CPU_TYPES = ['ml.m5.large', 'ml.c5.2xlarge', 'ml.m5.4xlarge'] as const
const HOUR = 3600

function resources(InstanceType: string, InstanceCount = 1): Readonly<Record<string, unknown>> {
  return { ResourceConfig: { InstanceType, InstanceCount, VolumeSizeInGB: 1 } }
}

function onAProcessor(random: Seeded): object {
  return resources(CPU_TYPES[random.between(0, CPU_TYPES.length - 1)] ?? CPU_TYPES[0])
}

function plays(script: string): object {
  return { Environment: { TRAINYARD_SIMULATE: script } }
}

function running(random: Seeded, most = 60): string {
  return `launch ${random.between(1, 5)}s; download ${random.between(1, 5)}s; run ${random.between(1, most)}s; upload ${random.between(1, 5)}s`
}

function spot(wait: number, runtime = HOUR): object {
  return {
    EnableManagedSpotTraining: true,
    StoppingCondition: { MaxRuntimeInSeconds: runtime, MaxWaitTimeInSeconds: wait },
  }
}

/** By name, with how many of twenty jobs are of the kind. */
const KINDS: Readonly<Record<string, readonly [share: number, kind: Kind]>> = {
  succeeds: [
    6,
    (random) => ({ request: { ...onAProcessor(random), ...plays(running(random)) }, endings: ['Completed'] }),
  ],
  fails: [
    2,
    (random) => ({
      request: { ...onAProcessor(random), ...plays(`${running(random)}; exit 1; failure "simulated"`) },
      endings: ['Failed'],
    }),
  ],
  'finds no data': [
    1,
    (random) => ({
      request: { ...onAProcessor(random), ...plays('fail download client "no such object"') },
      endings: ['Failed'],
    }),
  ],
  'is stopped': [
    2,
    (random) => ({
      request: { ...onAProcessor(random), ...plays(`${running(random)}; ignore SIGTERM`) },
      stopAfter: random.between(0, 90) * 1000,
      endings: ['Stopped', 'Completed'],
    }),
  ],
  'runs too long': [
    1,
    (random) => ({
      request: {
        ...onAProcessor(random),
        ...plays('run 2h'),
        StoppingCondition: { MaxRuntimeInSeconds: random.between(5, 60) },
      },
      endings: ['MaxRuntimeExceeded'],
    }),
  ],
  'is on spare capacity': [
    2,
    (random) => ({
      request: { ...onAProcessor(random), ...spot(10 * HOUR), ...plays(`${running(random)}; checkpoint every 10s`) },
      interruptAfter: [random.between(5, 30) * 1000, random.between(30, 90) * 1000],
      endings: ['Completed', 'MaxWaitTimeExceeded', 'MaxRuntimeExceeded'],
    }),
  ],
  'waits in vain': [
    1,
    (random) => ({
      request: { ...onAProcessor(random), ...spot(120, 60), ...plays('run 10m') },
      endings: ['MaxWaitTimeExceeded', 'MaxRuntimeExceeded'],
    }),
  ],
  'loses its host once': [
    1,
    (random) => ({
      request: {
        ...resources('ml.m5.large', 2),
        ...plays(`${running(random)}; algo-2 attempt 1: lost at 3s`),
        RetryStrategy: { MaximumRetryAttempts: 2 },
      },
      endings: ['Completed'],
    }),
  ],
  'loses its host for good': [
    1,
    (random) => ({
      request: { ...onAProcessor(random), ...plays('lost at 5s'), RetryStrategy: { MaximumRetryAttempts: 1 } },
      endings: ['Failed'],
    }),
  ],
  'has an accelerator': [
    2,
    (random) => ({ request: { ...resources('ml.g5.xlarge'), ...plays(running(random)) }, endings: ['Completed'] }),
  ],
  'asks for what is not there': [1, () => ({ request: resources('ml.p5.48xlarge', 20), endings: ['Failed'] })],
}

const DEALT = Object.entries(KINDS).flatMap(([name, [share, kind]]) =>
  Array.from({ length: share }, () => ({ name, kind })),
)

/** The same job for the same state of the random numbers. */
export function randomJob(random: Seeded): SimulatedJob {
  const dealt = DEALT[random.between(0, DEALT.length - 1)]
  if (!dealt) throw new RangeError('there is no kind of job')
  return { kind: dealt.name, ...dealt.kind(random) }
}
