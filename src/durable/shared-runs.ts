interface Run {
  readonly running: Promise<void>
  next: Promise<void> | undefined
}

/**
 * One run of a piece of work for all who ask for it by the same name. Whoever asks while it runs has the next run, which they share: the one under
 * way may have passed by what they want done.
 */
export class SharedRuns {
  readonly #runs = new Map<string, Run>()

  /** @returns settles as a run does that began after the call */
  run(name: string, work: () => Promise<void>): Promise<void> {
    const run = this.#runs.get(name)
    if (!run) return this.#start(name, work)
    const start = () => this.#start(name, work)
    run.next ??= run.running.then(start, start)
    return run.next
  }

  #start(name: string, work: () => Promise<void>): Promise<void> {
    const run: Run = { running: work(), next: undefined }
    this.#runs.set(name, run)
    const end = () => {
      if (!run.next) this.#runs.delete(name)
    }
    run.running.then(end, end)
    return run.running
  }
}
