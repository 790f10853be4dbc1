export interface Interruption {
  /** Aborts at the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal
  /** Called at each one after the first. */
  onAgain(listener: () => void): void
  [Symbol.dispose](): void
}

/** Takes Ctrl-C and SIGTERM over from the system, until disposed of. */
export function interruption(): Interruption {
  const controller = new AbortController()
  let again = () => {}
  const listener = () => (controller.signal.aborted ? again() : controller.abort())
  process.on('SIGINT', listener).on('SIGTERM', listener)
  return {
    signal: controller.signal,
    onAgain: (next) => {
      again = next
    },
    [Symbol.dispose]: () => void process.off('SIGINT', listener).off('SIGTERM', listener),
  }
}
