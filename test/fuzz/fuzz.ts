import { Worker } from 'node:worker_threads'

export interface FuzzPlan {
  /** Of a target's inputs. */
  readonly seed: number
  readonly inputs: number
  /** Index into `fuzzTargets()`. */
  readonly target: number
}

export interface FuzzReport {
  readonly inputs: number
  /** What one input took at most, over three tries of it, in milliseconds of processor time. */
  readonly slowest: number
  /** Of the heap, from a tenth of the way to the end, in bytes. */
  readonly growth: number
}

/** An input that a decoder did not survive; the same plan up to `input` shows it again. */
export class FuzzError extends Error {
  override readonly name = 'FuzzError'
  readonly plan: FuzzPlan
  /** Counted from 0. */
  readonly input: number

  constructor(plan: FuzzPlan, input: number, message: string) {
    super(`${message} (seed ${plan.seed}, target ${plan.target}, input ${input})`)
    this.plan = plan
    this.input = input
  }
}

/** Longer than any input takes on the slowest machine, by orders of magnitude. */
const HANG_MS = 30_000

/**
 * Feeds a decoder with mutations of valid inputs, in a thread of its own, so that an input at which it hangs is told as well.
 * @throws FuzzError
 */
export async function fuzz(plan: FuzzPlan): Promise<FuzzReport> {
  const progress = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL('fuzz-worker.ts', import.meta.url), { workerData: { plan, progress } })
  const { promise, resolve, reject } = Promise.withResolvers<FuzzReport>()
  const watch = setInterval(() => {
    const now = Atomics.load(progress, 0)
    if (now === last) reject(new FuzzError(plan, now, `no answer within ${HANG_MS} ms`))
    last = now
  }, HANG_MS)
  let last = -1
  worker.on('message', resolve)
  worker.on('error', (error: unknown) => {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    reject(new FuzzError(plan, Atomics.load(progress, 0), message))
  })
  try {
    return await promise
  } finally {
    clearInterval(watch)
    await worker.terminate()
  }
}
