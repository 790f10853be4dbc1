import { parentPort, workerData } from 'node:worker_threads'
import type { PlannedRun } from './plan.ts'
import { runPoint, type PointResult } from './run-point.ts'
import { SCENARIOS } from './scenario.ts'

/** A run and what came of it. */
export interface RunResult {
  readonly run: PlannedRun
  readonly result: PointResult
}

// A dead server closes nothing: its open files are closed with it when nobody can reach them any more, of which Node warns.
process.removeAllListeners('warning')
for (const run of (workerData as { readonly runs: readonly PlannedRun[] }).runs) {
  const scenario = SCENARIOS.find(({ name }) => name === run.scenario)
  if (!scenario) throw new TypeError(`no scenario ${run.scenario}`)
  const done: RunResult = { run, result: await runPoint(scenario, run.fault) }
  // A worker's port has no origin, unlike a window.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(done)
}
