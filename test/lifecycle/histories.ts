import type { VirtualClock } from '../../src/clock/virtual-clock.ts'
import type { Runtime } from '../../src/runtime/runtime.ts'
import { SimulatedRuntime } from '../../src/runtime/simulated/simulated-runtime.ts'
import type { SupervisorFixture } from '../supervisor/supervisor-fixture.ts'
import { bound, withInstance } from '../supervisor/with-instance.ts'

/** What becomes of one job. */
export interface History {
  /** Its secondary statuses in turn. */
  readonly way: string
  readonly request?: object
  /** What is broken of it on purpose. */
  readonly plan?: string
  /** What it runs on, where that fails in a way that no plan can bring about. */
  readonly runtime?: (clock: VirtualClock) => Runtime
  /** What somebody does to it. */
  readonly drive?: (yard: SupervisorFixture, jobId: string) => Promise<void>
}

const SPOT = {
  EnableManagedSpotTraining: true,
  StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 300 },
}
const ACCELERATED = { ResourceConfig: { InstanceType: 'ml.p4d.24xlarge', InstanceCount: 1, VolumeSizeInGB: 1 } }
const RETRIED = { RetryStrategy: { MaximumRetryAttempts: 1 } }
const AGAIN = 'Starting Downloading Training Uploading Completed'

/** The simulated runtime; what was started on it goes only after `goes`. */
function leaving(goes: (clock: VirtualClock) => Promise<unknown>): NonNullable<History['runtime']> {
  return (clock) => {
    const started = new Set<number>()
    return withInstance(new SimulatedRuntime(clock), (instance) => ({
      ...bound(instance, 'destroy'),
      start: async (options) => {
        started.add(instance.id.attempt)
        await instance.start(options)
      },
      destroy: async (options) => {
        if (started.has(instance.id.attempt)) await goes(clock)
        started.delete(instance.id.attempt)
        await instance.destroy(options)
      },
    }))
  }
}

const cannotStop: NonNullable<History['runtime']> = (clock) =>
  withInstance(new SimulatedRuntime(clock), (instance) => ({
    ...bound(instance, 'stop'),
    stop: () => Promise.reject(new Error('the agent does not answer')),
  }))

/** Together they take every edge of the table. */
export const HISTORIES: readonly History[] = [
  { way: AGAIN },
  { way: 'Starting Stopping Stopped', plan: 'stop@start' },
  { way: 'Starting Stopping MaxWaitTimeExceeded', request: SPOT, plan: 'capacity@start for good' },
  { way: 'Starting Failed', plan: 'capacity@start never' },
  { way: `Starting Restarting ${AGAIN}`, request: RETRIED, plan: 'lose@start' },
  {
    way: 'Starting Pending Downloading Training Uploading Completed',
    request: ACCELERATED,
    plan: 'capacity@start for 2m',
  },
  {
    way: 'Starting Pending Stopping Stopped',
    request: ACCELERATED,
    plan: 'capacity@start for good; stop@start+1s',
  },
  { way: 'Starting Pending Failed', request: ACCELERATED, plan: 'capacity@start for 1m; capacity@start never' },
  {
    way: `Starting Pending Restarting ${AGAIN}`,
    request: { ...ACCELERATED, ...RETRIED },
    plan: 'capacity@start for 1m; lose@start+30s',
  },
  { way: 'Starting Downloading Stopping Stopped', plan: 'stop@downloading+1s' },
  { way: 'Starting Downloading Stopping MaxRuntimeExceeded', plan: 'limit max-runtime@downloading+1s' },
  { way: 'Starting Downloading Failed', plan: 'fail-image' },
  { way: `Starting Downloading Interrupted ${AGAIN}`, request: SPOT, plan: 'interrupt@downloading+1s' },
  { way: `Starting Downloading Restarting ${AGAIN}`, request: RETRIED, plan: 'lose@downloading+1s' },
  { way: 'Starting Downloading Training Stopping Uploading Stopped', plan: 'stop@training+1s' },
  {
    way: 'Starting Downloading Training Stopping Uploading MaxRuntimeExceeded',
    plan: 'limit max-runtime@training+1s',
  },
  {
    way: 'Starting Downloading Training Stopping Uploading MaxWaitTimeExceeded',
    request: SPOT,
    plan: 'limit max-wait@training+1s',
  },
  { way: 'Starting Downloading Training Failed', plan: 'fail@training+1s' },
  { way: `Starting Downloading Training Interrupted ${AGAIN}`, request: SPOT, plan: 'interrupt@training+1s' },
  { way: `Starting Downloading Training Restarting ${AGAIN}`, request: RETRIED, plan: 'lose@training+1s' },
  { way: 'Starting Downloading Training Uploading Failed', plan: 'exit@training+1s code 1' },
  { way: 'Starting Downloading Training Uploading Stopped', plan: 'stop@uploading' },
  { way: `Starting Downloading Training Uploading Interrupted ${AGAIN}`, request: SPOT, plan: 'interrupt@uploading' },
  { way: `Starting Downloading Training Uploading Restarting ${AGAIN}`, request: RETRIED, plan: 'lose@uploading' },
  {
    way: 'Starting Downloading Training Interrupted Stopping Stopped',
    request: SPOT,
    plan: 'interrupt@training+1s; capacity@interrupted for good; stop@interrupted+1s',
  },
  {
    way: 'Starting Downloading Training Interrupted Failed',
    request: SPOT,
    plan: 'interrupt@training+1s; capacity@interrupted never',
  },
  {
    // The stop comes while the attempt that was given up is being removed.
    way: 'Starting Downloading Training Restarting Stopping Stopped',
    request: RETRIED,
    plan: 'lose@training+1s',
    runtime: leaving((clock) => clock.sleep(60_000)),
    drive: async ({ clock, stop }, jobId) => {
      await clock.advance(10_000)
      await stop(jobId)
    },
  },
  {
    way: 'Starting Downloading Training Restarting Failed',
    // There would be a retry left, were there a way to it.
    request: { RetryStrategy: { MaximumRetryAttempts: 2 } },
    plan: 'lose@training+1s',
    runtime: leaving(() => Promise.reject(new Error('the agent does not answer'))),
  },
  {
    way: 'Starting Downloading Training Stopping Failed',
    request: RETRIED,
    plan: 'stop@training+1s',
    runtime: cannotStop,
  },
]
