import type { SecondaryStatus } from '../../src/lifecycle/status.ts'
import type { Play } from './machine.ts'

/** A job that a scenario submits. */
export interface ScenarioJob {
  readonly name: string
  /** Milliseconds after the scenario's begin; 0 where it is not given. */
  readonly at?: number
  readonly play?: Play
  readonly hosts?: number
  /** Of its instances; ml.m5.large where it is not given, of which the yard holds two. */
  readonly type?: string
  /** With an input channel. */
  readonly input?: boolean
  /** Further members of the request. */
  readonly request?: object
  /** How it must end, in every run; undefined for one that is deleted. */
  readonly ends: SecondaryStatus | undefined
}

/** What a client does at some moment, or what is done to a job from outside. */
export type ScenarioStep = { readonly at: number } & (
  | { readonly kind: 'stop' | 'interrupt' | 'update' | 'tag' | 'untag'; readonly job: string }
  /** Asked again until the job is over, which it has to be before. */
  | { readonly kind: 'delete'; readonly job: string }
  | { readonly kind: 'new-key' }
  | { readonly kind: 'put-object' | 'delete-object'; readonly key: string }
)

export interface Scenario {
  readonly name: string
  readonly jobs: readonly ScenarioJob[]
  readonly steps?: readonly ScenarioStep[]
  /** Milliseconds after the last job's end in which the record still changes and things still go. */
  readonly settles?: number
}

/** Long enough that a stop comes before its end in every run. */
const LONG: Play = { run: 600_000 }
const SPOT = {
  EnableManagedSpotTraining: true,
  StoppingCondition: { MaxRuntimeInSeconds: 3600, MaxWaitTimeInSeconds: 7200 },
}

/** Asks for the whole yard. */
const WHOLE = 'ml.m5.xlarge'

/** Its place and its inputs stay for a minute. */
const KEEPS = {
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30, KeepAlivePeriodInSeconds: 60 },
}

function stoppedAt(name: string, at: number, job: Partial<ScenarioJob> = {}): Scenario {
  return {
    name: `stopped while ${name}`,
    jobs: [{ name: 'j', play: LONG, ends: 'Stopped', ...job }],
    steps: [{ at, kind: 'stop', job: 'j' }],
  }
}

/** Every kind of job. A simulated one takes 1 s to launch, 2 to download, 5 to run and 1 to be packed, unless it is said otherwise. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'succeeded', jobs: [{ name: 'j', ends: 'Completed' }] },
  { name: 'succeeded with input', jobs: [{ name: 'j', input: true, ends: 'Completed' }] },
  { name: 'failed', jobs: [{ name: 'j', play: { end: { kind: 'exited', code: 3 } }, ends: 'Failed' }] },
  {
    name: 'out of memory',
    jobs: [{ name: 'j', play: { end: { kind: 'out-of-memory', code: 137 } }, ends: 'Failed' }],
  },
  {
    name: 'download failure',
    jobs: [{ name: 'j', request: { InputDataConfig: [channelOf('vanishing/')] }, ends: 'Failed' }],
    // It is there when the job is created, and gone before it is downloaded.
    steps: [{ at: 0, kind: 'delete-object', key: 'vanishing/part' }],
  },
  { name: 'lost host', jobs: [{ name: 'j', play: { end: { kind: 'lost', detail: 'gone' } }, ends: 'Failed' }] },
  stoppedAt('starting', 500),
  stoppedAt('downloading', 2000, { input: true }),
  stoppedAt('training', 5000),
  stoppedAt('training, SIGTERM ignored', 5000, { play: { ...LONG, ignoresTerm: true } }),
  stoppedAt('uploading', 8500, { play: {}, ends: 'Stopped' }),
  {
    name: 'max runtime',
    jobs: [
      {
        name: 'j',
        play: LONG,
        request: { StoppingCondition: { MaxRuntimeInSeconds: 20 } },
        ends: 'MaxRuntimeExceeded',
      },
    ],
  },
  { name: 'two instances', jobs: [{ name: 'j', hosts: 2, input: true, ends: 'Completed' }] },
  {
    name: 'two instances, failed',
    jobs: [{ name: 'j', hosts: 2, play: { end: { kind: 'exited', code: 1 } }, ends: 'Failed' }],
  },
  {
    name: 'deleted',
    jobs: [{ name: 'j', ends: undefined }],
    steps: [{ at: 12_000, kind: 'delete', job: 'j' }],
  },
  {
    name: 'updated and tagged',
    jobs: [{ name: 'j', play: { run: 20_000 }, ends: 'Completed' }],
    steps: [
      { at: 4000, kind: 'update', job: 'j' },
      { at: 6000, kind: 'tag', job: 'j' },
      { at: 7000, kind: 'untag', job: 'j' },
    ],
  },
  {
    name: 'keys and objects',
    jobs: [{ name: 'j', ends: 'Completed' }],
    steps: [
      { at: 1500, kind: 'new-key' },
      { at: 2500, kind: 'put-object', key: 'own/object' },
      { at: 4500, kind: 'put-object', key: 'own/object' },
    ],
  },
  {
    name: 'unhealthy launch',
    jobs: [{ name: 'j', play: { unhealthy: 1 }, ends: 'Completed' }],
  },
  {
    name: 'restarting',
    jobs: [
      {
        name: 'j',
        play: { faultyAttempts: 1 },
        request: { RetryStrategy: { MaximumRetryAttempts: 2 } },
        ends: 'Completed',
      },
    ],
  },
  {
    name: 'retries used up',
    jobs: [
      {
        name: 'j',
        play: { faultyAttempts: 9 },
        request: { RetryStrategy: { MaximumRetryAttempts: 1 } },
        ends: 'Failed',
      },
    ],
  },
  {
    name: 'spot, interrupted in training',
    jobs: [{ name: 'j', play: { run: 60_000 }, request: SPOT, ends: 'Completed' }],
    steps: [{ at: 5000, kind: 'interrupt', job: 'j' }],
  },
  {
    name: 'spot, interrupted in downloading',
    jobs: [{ name: 'j', play: { run: 60_000 }, input: true, request: SPOT, ends: 'Completed' }],
    steps: [{ at: 2000, kind: 'interrupt', job: 'j' }],
  },
  {
    name: 'spot, interrupted twice',
    jobs: [{ name: 'j', hosts: 2, play: { run: 60_000 }, request: SPOT, ends: 'Completed' }],
    steps: [
      { at: 5000, kind: 'interrupt', job: 'j' },
      { at: 30_000, kind: 'interrupt', job: 'j' },
    ],
  },
  {
    name: 'spot, its place taken',
    jobs: [
      { name: 'j', play: { run: 60_000 }, request: SPOT, ends: 'Completed' },
      { name: 'a', at: 5000, type: WHOLE, ends: 'Completed' },
    ],
  },
  {
    name: 'stopped while interrupted',
    jobs: [
      { name: 'j', play: LONG, request: SPOT, ends: 'Stopped' },
      { name: 'a', at: 5000, type: WHOLE, play: { run: 60_000 }, ends: 'Completed' },
    ],
    steps: [{ at: 15_000, kind: 'stop', job: 'j' }],
  },
  {
    name: 'max wait, waiting for its place',
    jobs: [
      { name: 'a', type: WHOLE, play: { run: 100_000 }, ends: 'Completed' },
      {
        name: 'j',
        play: LONG,
        request: {
          EnableManagedSpotTraining: true,
          StoppingCondition: { MaxRuntimeInSeconds: 30, MaxWaitTimeInSeconds: 30 },
        },
        ends: 'MaxWaitTimeExceeded',
      },
    ],
  },
  {
    name: 'waiting for one another',
    jobs: [
      { name: 'a', type: WHOLE, ends: 'Completed' },
      { name: 'b', at: 500, ends: 'Completed' },
      { name: 'c', at: 1000, hosts: 2, input: true, ends: 'Completed' },
      { name: 'd', at: 1500, play: { end: { kind: 'exited', code: 1 } }, ends: 'Failed' },
    ],
  },
  {
    name: 'stopped while waiting',
    jobs: [
      { name: 'a', type: WHOLE, play: { run: 30_000 }, ends: 'Completed' },
      { name: 'j', at: 1000, play: LONG, ends: 'Stopped' },
    ],
    steps: [{ at: 10_000, kind: 'stop', job: 'j' }],
  },
  {
    name: 'pending for a GPU',
    jobs: [
      { name: 'a', type: 'ml.g4dn.xlarge', ends: 'Completed' },
      { name: 'b', at: 500, type: 'ml.g4dn.xlarge', ends: 'Completed' },
    ],
  },
  {
    name: 'warm pool, over in time',
    jobs: [{ name: 'j', input: true, request: KEEPS, ends: 'Completed' }],
    settles: 100_000,
  },
  {
    name: 'warm pool, taken by another job',
    jobs: [
      { name: 'a', input: true, request: KEEPS, ends: 'Completed' },
      { name: 'b', at: 20_000, input: true, request: KEEPS, ends: 'Completed' },
    ],
    settles: 100_000,
  },
  {
    name: 'several jobs at once',
    jobs: [
      { name: 'a', ends: 'Completed' },
      { name: 'b', at: 700, input: true, ends: 'Completed' },
      { name: 'c', at: 1400, play: { end: { kind: 'exited', code: 1 } }, ends: 'Failed' },
      { name: 'd', at: 2100, play: LONG, ends: 'Stopped' },
      { name: 'e', at: 2800, hosts: 2, ends: 'Completed' },
    ],
    steps: [
      { at: 6000, kind: 'stop', job: 'd' },
      { at: 7000, kind: 'tag', job: 'e' },
    ],
  },
]

/** The one input channel of a job. */
export function channelOf(prefix: string): object {
  const source = { S3DataType: 'S3Prefix', S3Uri: `s3://bucket/${prefix}` }
  return { ChannelName: 'train', DataSource: { S3DataSource: source } }
}
