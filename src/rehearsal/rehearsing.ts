import type { Logger } from 'pino'
import type { JobClock } from '../clock/clock.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Admission } from '../scheduler/admission.ts'
import type { Store } from '../store/store.ts'
import type { JobRehearsal } from './job-rehearsal.ts'
import { rehearsedRuntime } from './rehearsed-runtime.ts'
import { rehearsedAdmission } from './rehearsed-admission.ts'
import { rehearsedStore } from './rehearsed-store.ts'
import { Rehearsals, type Stage } from './rehearsals.ts'

/** What the composition root wraps its parts in, so that rehearsals can break them; without rehearsals they stay as they are. */
export interface Rehearsing {
  readonly store: Store
  runtime(runtime: Runtime): Runtime
  admission(admission: Admission): Admission
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
      admission: (admission) => admission,
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
    admission: (admission) => rehearsedAdmission(admission, rehearsals, clock),
    of: (jobId) => rehearsals.of(jobId),
    begin: (stage) => {
      rehearsals.attach(stage, observed)
      return rehearsals.recover()
    },
    close: () => rehearsals.close(),
  }
}
