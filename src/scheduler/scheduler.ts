/** Decides when a job may have its instances. */
export interface Scheduler {
  /**
   * Resolves when the job may start.
   * @throws the signal's reason when it aborts first
   */
  turn(jobId: string, options: { readonly signal: AbortSignal }): Promise<void>
}

/** Until the fleet exists every job starts at once (behaviour 1.4.2), so none is ever Pending. */
export const startAtOnce: Scheduler = {
  turn: (_jobId, { signal }) => {
    signal.throwIfAborted()
    return Promise.resolve()
  },
}

/** Accepts jobs and starts none: `trainyard serve --hold`. */
export const holdAll: Scheduler = {
  turn: (_jobId, { signal }) =>
    new Promise((_resolve, reject) => {
      const refuse = () => reject(signal.reason)
      if (signal.aborted) refuse()
      else signal.addEventListener('abort', refuse, { once: true })
    }),
}
