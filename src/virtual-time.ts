import type { VirtualClock } from './clock/virtual-clock.ts'
import type { Supervisors } from './supervisor/supervisors.ts'

/** A year: whoever waits longer than that waits for something that does not come. */
const LONGEST_RUN = 365 * 86_400_000

/** Moves the job time of one server. */
export class VirtualTime {
  readonly #clock: VirtualClock
  readonly #supervisors: Pick<Supervisors, 'supervised'>
  readonly #keep: (now: number) => Promise<void>

  /** @param keep told how far time has come, before that is answered */
  constructor(
    clock: VirtualClock,
    supervisors: Pick<Supervisors, 'supervised'>,
    keep: (now: number) => Promise<void> = () => Promise.resolve(),
  ) {
    this.#clock = clock
    this.#supervisors = supervisors
    this.#keep = keep
  }

  /** Epoch milliseconds. */
  now(): number {
    return this.#clock.now()
  }

  /** Resolves when everything that is due within so many milliseconds has happened. */
  async advance(milliseconds: number): Promise<void> {
    await this.#clock.advance(milliseconds)
    await this.#keep(this.now())
  }

  /** @returns false where jobs are left that nothing happens to any more, or not within a year */
  async runUntilIdle(): Promise<boolean> {
    const isIdle = () => this.#supervisors.supervised === 0
    await this.#clock.advanceUntil(isIdle, this.#clock.now() + LONGEST_RUN)
    await this.#keep(this.now())
    return isIdle()
  }
}
