import { parentPort, workerData } from 'node:worker_threads'
import { LogReader } from './log-index.ts'
import { metricMatcher } from './metric-matcher.ts'
import type { MetricMatcher, MetricPattern } from './metric-matcher.ts'
import { LinesToSearch } from './metric-search.ts'
import type { FoundMetric, SearchReply, SearchRequest } from './metric-engine.ts'

/**
 * The thread that runs users' expressions (metric-engine.ts): it answers one request after the other, and says in shared memory which expression it is
 * running, for the case that it never comes back from it.
 */
const BATCH_BYTES = 512 * 1024
const MATCHERS_KEPT = 1000

const running = new Int32Array(workerData as SharedArrayBuffer)
const matchers = new Map<string, MetricMatcher>()

parentPort?.on('message', (request: SearchRequest) => {
  void search(request)
    .catch((error: unknown): SearchReply => ({ kind: 'unreadable', reason: String(error) }))
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    .then((reply) => parentPort?.postMessage(reply))
})

async function search({ file, start, patterns }: SearchRequest): Promise<SearchReply> {
  await using reader = await LogReader.open(file)
  const batch = await reader.forward({ start, end: Infinity }, BATCH_BYTES)
  const end = batch?.ends.at(-1)
  if (!batch || end === undefined) return { kind: 'searched', end: start, found: [] }
  const lines = new LinesToSearch(batch)
  const found: FoundMetric[] = []
  for (const [metric, pattern] of patterns.entries()) {
    if (!pattern) continue
    const outcome = run(metric, pattern, lines)
    if (outcome.kind === 'failed') return outcome
    if (outcome.kind === 'found') found.push(outcome.found)
  }
  return { kind: 'searched', end, found }
}

type Outcome =
  | { readonly kind: 'found'; readonly found: FoundMetric }
  | { readonly kind: 'nothing' }
  | Extract<SearchReply, { readonly kind: 'failed' }>

function run(metric: number, pattern: MetricPattern, lines: LinesToSearch): Outcome {
  Atomics.store(running, 0, metric + 1)
  try {
    const found = lines.values(matcherOf(pattern))
    return found ? { kind: 'found', found: { metric, ...found } } : { kind: 'nothing' }
  } catch (error) {
    // An engine may find only now that an expression is too large for it.
    return { kind: 'failed', metric, reason: error instanceof Error ? error.message : String(error) }
  } finally {
    Atomics.store(running, 0, 0)
  }
}

function matcherOf(pattern: MetricPattern): MetricMatcher {
  const key = `${pattern.engine}/${pattern.source}`
  const known = matchers.get(key)
  if (known) return known
  if (matchers.size >= MATCHERS_KEPT) matchers.clear()
  const matcher = metricMatcher(pattern)
  matchers.set(key, matcher)
  return matcher
}
