import type { JobClock } from '../clock/clock.ts'
import { NO_CAPACITY } from '../lifecycle/failure-reason.ts'
import { CapacityError, type Asking, type PlaceOptions, type Scheduler } from '../scheduler/scheduler.ts'
import { instanceTypeFacts } from '../scheduler/instance-types.ts'
import type { JobRehearsal } from './job-rehearsal.ts'
import type { Rehearsals } from './rehearsals.ts'

/** Gives a job its place only once its rehearsal lets it have one. */
export function rehearsedScheduler(scheduler: Scheduler, rehearsals: Rehearsals, clock: JobClock): Scheduler {
  return {
    async place(asking, options) {
      const rehearsal = await rehearsals.of(asking.jobId)
      if (rehearsal) await noCapacity(rehearsal, asking, { ...options, clock })
      return scheduler.place(asking, options)
    },
    hold: (jobId, placement) => scheduler.hold(jobId, placement),
    release: (jobId) => scheduler.release(jobId),
  }
}

/** What has begun before the server was started again lasts no longer for it. @throws CapacityError, or the signal's reason */
async function noCapacity(
  rehearsal: JobRehearsal,
  asking: Asking,
  options: PlaceOptions & { readonly clock: JobClock },
): Promise<void> {
  const { signal, clock } = options
  for (const injection of rehearsal.plan.injections) {
    if (injection.kind !== 'capacity' || injection.stage !== rehearsal.visit.stage) continue
    const made = rehearsal.madeHere(injection) ?? (await rehearsal.take(injection))
    if (!made) continue
    if (injection.lasts === 'never') throw new CapacityError(NO_CAPACITY)
    const left = injection.lasts === 'for-good' ? Number.MAX_SAFE_INTEGER : made.time + injection.lasts - clock.now()
    if (left <= 0) continue
    options.waiting(asking.instances.some(({ instanceType }) => instanceTypeFacts(instanceType).accelerated))
    await clock.sleep(left, { signal })
  }
}
