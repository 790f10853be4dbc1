import type { JobClock } from './clock.ts'
import { RealClock } from './real-clock.ts'

/** Job time that runs faster than the wall: `60x` makes an hour of a minute. It begins at the wall's time and is ahead of it from then on. */
export class ScaledClock implements JobClock {
  readonly #factor: number
  readonly #real: JobClock
  #start: number
  readonly #realStart: number

  /** @param start epoch milliseconds of job time at which this clock begins; the present unless it is given */
  constructor(factor: number, real: JobClock = new RealClock(), start: number = real.now()) {
    this.#factor = factor
    this.#real = real
    this.#start = start
    this.#realStart = real.monotonic()
  }

  /** Goes on from there if that is later: what is in a record is in the past. @param time epoch milliseconds */
  notBefore(time: number): void {
    this.#start += Math.max(0, time - this.now())
  }

  now(): number {
    return this.#start + Math.floor(this.monotonic())
  }

  monotonic(): number {
    return (this.#real.monotonic() - this.#realStart) * this.#factor
  }

  sleep(milliseconds: number, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#real.sleep(milliseconds / this.#factor, options)
  }

  timer(milliseconds: number, ring: () => void): Disposable {
    return this.#real.timer(milliseconds / this.#factor, ring)
  }
}
