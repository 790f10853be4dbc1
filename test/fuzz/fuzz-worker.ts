import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parentPort, workerData } from 'node:worker_threads'
import type { FuzzPlan, FuzzReport } from './fuzz.ts'
import { mutated, seededRandom } from './mutate.ts'
import { fuzzTargets, type FuzzTarget } from './targets.ts'

/** An input that takes longer than this is tried again: another process may have had the processor. */
const SUSPECT_MS = 20
const TRIES = 3

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const { plan, progress } = workerData as { readonly plan: FuzzPlan; readonly progress: Int32Array }
const target = fuzzTargets()[plan.target]
if (!target) throw new RangeError(`no target ${plan.target}`)
for (const seed of target.seeds) await target.decode(seed)
const report = await run(target)
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(report)

async function run(fuzzed: FuzzTarget): Promise<FuzzReport> {
  const random = seededRandom(plan.seed)
  let slowest = 0
  let before = 0
  for (let input = 0; input < plan.inputs; input++) {
    // What is compiled or cached once has been by now.
    if (input === Math.floor(plan.inputs / 10)) before = heapUsed()
    Atomics.store(progress, 0, input)
    slowest = Math.max(slowest, await timed(fuzzed, mutated(fuzzed, random)))
  }
  return { inputs: plan.inputs, slowest, growth: heapUsed() - before }
}

async function timed(fuzzed: FuzzTarget, input: Buffer): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < TRIES && best > SUSPECT_MS; attempt++) {
    const start = performance.now()
    await fuzzed.decode(input)
    best = Math.min(best, performance.now() - start)
  }
  return best
}

function heapUsed(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}
