/**
 * Two clocks (design, rule 5). Job time is everything in a record, every deadline and every wait; it may be real, scaled or
 * virtual. Wire time is always real: signatures, presigned URLs, session tokens, the `Date` header.
 */
export interface JobClock {
  /** Epoch milliseconds, an integer that never goes back within one server life. */
  now(): number
  /** Milliseconds from an arbitrary start, unmoved by steps of the wall clock; deadlines run on it. */
  monotonic(): number
  /**
   * Resolves after `milliseconds` of job time.
   * @throws the signal's reason as soon as it aborts; its timer is then gone.
   */
  sleep(milliseconds: number, options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Calls `ring` after `milliseconds` of job time, and never before this returns, unless what it returns is let go of before: for waits that most often come to nothing, as limits do. */
  timer(milliseconds: number, ring: () => void): Disposable
}

export interface WireClock {
  /** Epoch milliseconds of the real wall clock. */
  now(): number
}
