import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { SimulationPlan, SimulationReport } from './run-simulation.ts'

export interface SimulationTotals {
  readonly jobs: number
  readonly yards: readonly SimulationReport[]
  /** Real milliseconds. */
  readonly took: number
  /** Most bytes that the process had in memory. */
  readonly memory: number
}

const LOOK_EVERY_MS = 500

/** Shares the jobs out among yards, one a processor, each with a store, a scheduler and supervisors of its own. */
export async function simulate({
  jobs,
  seed,
}: {
  readonly jobs: number
  readonly seed: number
}): Promise<SimulationTotals> {
  const shards = Math.min(availableParallelism(), jobs)
  const begun = performance.now()
  let memory = 0
  const watch = setInterval(() => (memory = Math.max(memory, process.memoryUsage.rss())), LOOK_EVERY_MS)
  try {
    const yards = await Promise.all(
      Array.from({ length: shards }, (_, shard) =>
        inWorker({ jobs: Math.floor(jobs / shards) + (shard < jobs % shards ? 1 : 0), seed, shard }),
      ),
    )
    return { jobs, yards, took: performance.now() - begun, memory: Math.max(memory, process.memoryUsage.rss()) }
  } finally {
    clearInterval(watch)
  }
}

async function inWorker(plan: SimulationPlan): Promise<SimulationReport> {
  const worker = new Worker(join(import.meta.dirname, 'simulation-worker.ts'), { workerData: plan })
  // Asked for at once: under load the one may come while the other is still being handed over.
  const [[report]] = (await Promise.all([once(worker, 'message'), once(worker, 'exit')])) as [
    [SimulationReport],
    unknown,
  ]
  return report
}
