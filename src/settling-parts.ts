import type { Settling } from './clock/settling.ts'
import type { Store } from './store/store.ts'
import type { Metrics } from './telemetry/metrics.ts'

/** What virtual time waits for of a server, where there is any. */
interface Waiting {
  readonly settling?: Settling
}

/** A thread of its own looks for metrics. */
export function settlingMetrics({ settling }: Waiting, metrics: Metrics): Metrics {
  return settling ? settling.counting(metrics, ['finish']) : metrics
}

/** What follows a commit may be nothing but the next commit, however many there are. */
export function settlingStore({ settling }: Waiting, store: Store): Store {
  return settling ? settling.counting(store, ['insertJob', 'apply', 'deleteJob', 'appendJournal']) : store
}
