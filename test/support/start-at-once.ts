import type { JobClock } from '../../src/clock/clock.ts'
import type { Scheduler } from '../../src/scheduler/scheduler.ts'
import { wholeMachine } from '../../src/scheduler/whole-machine.ts'

/** Every job starts at once (behaviour 1.4.2), so none is ever Pending. */
export function startAtOnce(clock: Pick<JobClock, 'now'>): Scheduler {
  return {
    ask: ({ spot, instances }) => {
      const hosts = instances.map(({ host, instanceType }) => wholeMachine(host, instanceType))
      return Promise.resolve({ kind: 'placed', placement: { since: clock.now(), spot, hosts } })
    },
    hold: () => undefined,
    open: () => undefined,
    release: () => undefined,
  }
}
