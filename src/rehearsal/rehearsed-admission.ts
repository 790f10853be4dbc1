import type { JobClock } from '../clock/clock.ts'
import { NO_CAPACITY } from '../lifecycle/failure-reason.ts'
import type { Admission } from '../scheduler/admission.ts'
import { CapacityError, type Asking } from '../scheduler/scheduler.ts'
import type { JobRehearsal, Made } from './job-rehearsal.ts'
import type { Injection } from './rehearsal.ts'
import type { Rehearsals } from './rehearsals.ts'

type Lack = Extract<Injection, { readonly kind: 'capacity' }>

/** Lets a job stand in line only once its rehearsal does. What has begun before the server was started again lasts no longer for it. */
export function rehearsedAdmission(admission: Admission, rehearsals: Rehearsals, clock: JobClock): Admission {
  const lackOf = async ({ jobId }: Asking) => {
    const rehearsal = await rehearsals.of(jobId)
    const lack = rehearsal?.plan.injections.find(
      (injection) => injection.kind === 'capacity' && keepsOut(rehearsal, injection, clock.now()),
    )
    return rehearsal && lack?.kind === 'capacity' ? { rehearsal, lack } : undefined
  }
  return {
    isOpen: async (asking) => !(await lackOf(asking)) && admission.isOpen(asking),
    async wait(asking, options) {
      const found = await lackOf(asking)
      if (!found) return admission.wait(asking, options)
      const { rehearsal, lack } = found
      const made = rehearsal.madeHere(lack) ?? (await rehearsal.take(lack))
      if (!made) return
      if (lack.lasts === 'never') throw new CapacityError(NO_CAPACITY)
      await options.waiting()
      await clock.sleep(leftOf(lack, made, clock.now()), { signal: options.signal })
    },
  }
}

function keepsOut(rehearsal: JobRehearsal, lack: Lack, now: number): boolean {
  if (lack.stage !== rehearsal.visit.stage) return false
  const made = rehearsal.madeHere(lack)
  return made ? leftOf(lack, made, now) > 0 : rehearsal.mayMake(lack)
}

/** Milliseconds. */
function leftOf({ lasts }: Lack, made: Made, now: number): number {
  return typeof lasts === 'number' ? made.time + lasts - now : Number.MAX_SAFE_INTEGER
}
