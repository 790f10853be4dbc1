import type { Transition } from '../../src/lifecycle/job.ts'
import { SECONDARY_STATUSES } from '../../src/lifecycle/status.ts'
import { TRANSITIONS } from '../../src/lifecycle/transitions.ts'

/** The edges of the table, `Starting → Pending`, in order. */
export const TABLE: readonly string[] = SECONDARY_STATUSES.flatMap((from) =>
  TRANSITIONS[from].map((to) => `${from} → ${to}`),
).toSorted()

/** The edges that a history takes. */
export function edgesOf(transitions: readonly Pick<Transition, 'status'>[]): string[] {
  return transitions.slice(1).map(({ status }, index) => `${transitions[index]?.status} → ${status}`)
}
