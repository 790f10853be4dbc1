import type { Store } from '../../store/store.ts'

/** What the operations of CloudWatch Logs work on. */
export interface LogsContext {
  readonly store: Store
  /** Absolute path of the folder that stream files are named relative to. */
  readonly logsFolder: string
}
