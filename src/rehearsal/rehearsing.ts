import type { Logger } from 'pino'
import type { JobClock } from '../clock/clock.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import type { Store } from '../store/store.ts'
import type { JobRehearsal } from './job-rehearsal.ts'
import { rehearsedRuntime } from './rehearsed-runtime.ts'
import { rehearsedScheduler } from './rehearsed-scheduler.ts'
import { rehearsedStore } from './rehearsed-store.ts'
import { Rehearsals, type Stage } from './rehearsals.ts'

/** What the composition root wraps its parts in, so that rehearsals can break them; without rehearsals they stay as they are. */
export interface Rehearsing {
  readonly store: Store
  runtime(runtime: Runtime): Runtime
  scheduler(scheduler: Scheduler): Scheduler
  /** What is broken of a job; undefined for one that nothing is broken of. */
  of(jobId: string): Promise<JobRehearsal | undefined>
  /** Goes on with what an earlier life of the server began; before its jobs go on. */
  begin(stage: Stage): Promise<void>
  close(): Promise<void>
}

interface Parts {
  readonly store: Store
  readonly clock: JobClock
  readonly log: Logger
  /** Absolute path of the folder of the raw files of log streams. */
  readonly logsFolder: string
}

export function rehearsing(isAllowed: boolean, { store, clock, log, logsFolder }: Parts): Rehearsing {
  if (!isAllowed) {
    return {
      store,
      runtime: (runtime) => runtime,
      scheduler: (scheduler) => scheduler,
      of: () => Promise.resolve(undefined),
      begin: () => Promise.resolve(),
      close: () => Promise.resolve(),
    }
  }
  const rehearsals = new Rehearsals({ store, clock, log })
  const observed = rehearsedStore(store, { rehearsals, clock, logsFolder })
  return {
    store: observed,
    runtime: (runtime) => rehearsedRuntime(runtime, rehearsals, clock),
    scheduler: (scheduler) => rehearsedScheduler(scheduler, rehearsals, clock),
    of: (jobId) => rehearsals.of(jobId),
    begin: (stage) => {
      rehearsals.attach(stage, observed)
      return rehearsals.recover()
    },
    close: () => rehearsals.close(),
  }
}
