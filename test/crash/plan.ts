import { Seeded } from '../support/seeded.ts'
import type { Fault } from './life.ts'
import type { Scenario } from './scenario.ts'

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

/**
 * Which points of which scenarios are met: as many as there are, or a sample of them that the seed decides.
 *
 * @param passed how many points each scenario passes where nothing goes wrong
 */
export function planRuns(
  scenarios: readonly Scenario[],
  {
    passed,
    counts,
    seed,
  }: { readonly passed: ReadonlyMap<string, number>; readonly counts: Counts; readonly seed: number },
): PlannedRun[] {
  const random = new Seeded(seed)
  const points = scenarios.flatMap(({ name }) =>
    Array.from({ length: passed.get(name) ?? 0 }, (_, index) => ({ scenario: name, at: index + 1 })),
  )
  const faults: Record<Part, (at: number) => Fault> = {
    dropped: (at) => ({ kind: 'drop', at: [at] }),
    // The second point comes soon after the first, often while the next life takes up what the first left.
    'dropped twice': (at) => ({ kind: 'drop', at: [at, at + random.between(1, 40)] }),
    'disk full': (at) => ({ kind: 'full-disk', at, forMs: random.between(1, 12) * 1000 }),
    'clock stepped': (at) => ({ kind: 'clock-step', at, byMs: random.next() < 0.5 ? HOUR_MS : -HOUR_MS }),
  }
  return PARTS.flatMap((part) =>
    random
      .shuffled(points)
      .slice(0, counts[part])
      .map(({ scenario, at }) => ({ part, scenario, fault: faults[part](at) })),
  )
}
