import { setImmediate } from 'node:timers/promises'
import type { VirtualClock } from '../../src/clock/virtual-clock.ts'

/** @param turns of the event loop in which nobody begins to wait, after which nothing is under way */
export async function quiet(clock: VirtualClock, turns: number): Promise<void> {
  let waits = clock.waits
  for (let still = 0; still < turns; still++) {
    await setImmediate()
    if (clock.waits !== waits) still = 0
    waits = clock.waits
  }
}
