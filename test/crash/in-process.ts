import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { PARTS, planRuns, type Counts, type PlannedRun } from './plan.ts'
import { runPoint, type PointResult } from './run-point.ts'
import { SCENARIOS } from './scenario.ts'
import { textOf, type TableRow } from './table.ts'
import type { RunResult } from './worker.ts'

/** How far job time may be off when the wall clock is stepped: the scenario looks that often. */
const STEP_MS = 500
/** After a restart deadlines run on wall time (design, rule 5), and the end of a warm pool is a moment of the wall clock: of these a step moves something. */
const BY_THE_WALL: readonly string[] = [
  'keys and objects',
  'warm pool, over in time',
  'warm pool, taken by another job',
]

/** Runs the parts of the crash tests that need no process of their own, on all processors. @returns a row for each part */
export async function runInProcess(options: { readonly counts: Counts; readonly seed: number }): Promise<TableRow[]> {
  const undisturbed = await playAll()
  const times = new Map(undisturbed.map(({ run, result }) => [run.scenario, result.elapsed]))
  const runs = planRuns(
    undisturbed.map(({ result }) => result),
    options,
  ).filter(({ part, scenario }) => part !== 'clock stepped' || !BY_THE_WALL.includes(scenario))
  const results = [...undisturbed, ...(await inWorkers(runs))]
  return PARTS.map((part) => rowOf(part, results, times))
}

/** Without any fault; what is broken then is broken at once. */
async function playAll(): Promise<RunResult[]> {
  const results: RunResult[] = []
  for (const scenario of SCENARIOS) {
    const run = { part: 'dropped', scenario: scenario.name, fault: { kind: 'none' } } as const
    results.push({ run, result: await runPoint(scenario, run.fault) })
  }
  return results
}

async function inWorkers(runs: readonly PlannedRun[]): Promise<RunResult[]> {
  const workers = availableParallelism()
  const shares = Array.from({ length: workers }, (_, index) => runs.filter((_run, at) => at % workers === index))
  return (await Promise.all(shares.map(inWorker))).flat()
}

/** What a worker that ends early leaves undone is broken. */
async function inWorker(runs: readonly PlannedRun[]): Promise<RunResult[]> {
  if (runs.length === 0) return []
  const results: RunResult[] = []
  const worker = new Worker(join(import.meta.dirname, 'worker.ts'), { workerData: { runs } })
  worker.on('message', (result: RunResult) => void results.push(result))
  const ends = once(worker, 'exit').then(
    ([code]) => `it ended with ${String(code)}`,
    (error: unknown) => textOf(error),
  )
  const cause = await ends
  const left = runs.slice(results.length)
  return [
    ...results,
    ...left.map((run) => ({ run, result: notDone(run, `its worker stopped at another run: ${cause}`) })),
  ]
}

function notDone({ scenario, fault }: PlannedRun, problem: string): PointResult {
  const none = { passed: 0, writes: [], deaths: 0, elapsed: 0 }
  return { scenario, fault, where: 'no point', ...none, broken: [problem] }
}

function rowOf(part: (typeof PARTS)[number], all: readonly RunResult[], times: ReadonlyMap<string, number>): TableRow {
  const results = all.filter(({ run }) => run.part === part)
  const faults = results.filter(({ run }) => run.fault.kind !== 'none')
  const broken = results.flatMap(({ run, result }) =>
    [...result.broken, ...movedDeadline(run, result.elapsed, times)].map(
      (problem) => `${run.scenario}, ${part} at ${result.where}: ${problem}`,
    ),
  )
  return { part, points: faults.length, scenarios: new Set(results.map(({ run }) => run.scenario)).size, broken }
}

function movedDeadline({ part, scenario }: PlannedRun, elapsed: number, times: ReadonlyMap<string, number>): string[] {
  const expected = times.get(scenario) ?? elapsed
  if (part !== 'clock stepped' || Math.abs(elapsed - expected) <= STEP_MS) return []
  return [`it took ${elapsed} ms in place of ${expected}`]
}
