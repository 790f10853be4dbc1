import { Seeded } from '../support/seeded.ts'
import type { Fault } from './life.ts'

/** One run to be made. */
export interface PlannedRun {
  readonly part: Part
  /** Name of the scenario. */
  readonly scenario: string
  readonly fault: Fault
}

export const PARTS = ['dropped', 'dropped twice', 'disk full', 'clock stepped'] as const
export type Part = (typeof PARTS)[number]

/** How many runs of each part. */
export type Counts = Readonly<Record<Part, number>>

const HOUR_MS = 3_600_000

/** What is known of a scenario from a run in which nothing went wrong. */
export interface Undisturbed {
  readonly scenario: string
  /** How many points it passes. */
  readonly passed: number
  /** Those before a call that writes to the disk. */
  readonly writes: readonly number[]
}

/** Which points of which scenarios are met: as many as there are, or a sample of them that the seed decides. A disk is full at a write. */
export function planRuns(
  scenarios: readonly Undisturbed[],
  { counts, seed }: { readonly counts: Counts; readonly seed: number },
): PlannedRun[] {
  const random = new Seeded(seed)
  const every = scenarios.flatMap(({ scenario, passed }) =>
    Array.from({ length: passed }, (_, index) => ({ scenario, at: index + 1 })),
  )
  const writes = scenarios.flatMap(({ scenario, writes: numbers }) => numbers.map((at) => ({ scenario, at })))
  const faults: Record<Part, (at: number) => Fault> = {
    dropped: (at) => ({ kind: 'drop', at: [at] }),
    // The second point comes soon after the first, often while the next life takes up what the first left.
    'dropped twice': (at) => ({ kind: 'drop', at: [at, at + random.between(1, 40)] }),
    'disk full': (at) => ({ kind: 'full-disk', at, forMs: random.between(1, 12) * 1000 }),
    'clock stepped': (at) => ({ kind: 'clock-step', at, byMs: random.next() < 0.5 ? HOUR_MS : -HOUR_MS }),
  }
  return PARTS.flatMap((part) =>
    random
      .shuffled(part === 'disk full' ? writes : every)
      .slice(0, counts[part])
      .map(({ scenario, at }) => ({ part, scenario, fault: faults[part](at) })),
  )
}
