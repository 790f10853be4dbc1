import type { Asking } from './scheduler.ts'

export interface AdmissionOptions {
  readonly signal: AbortSignal
  /** Records that the job waits for capacity. */
  waiting(): Promise<unknown>
}

/** What must be so before a job may stand in line for a place. */
export interface Admission {
  /** Whether it may now. */
  isOpen(asking: Asking): Promise<boolean>
  /**
   * Resolves when it is worth asking again whether it may.
   * @throws CapacityError where it never will; the signal's reason when it aborts first
   */
  wait(asking: Asking, options: AdmissionOptions): Promise<void>
}

export const admitAll: Admission = { isOpen: () => Promise.resolve(true), wait: () => Promise.resolve() }
