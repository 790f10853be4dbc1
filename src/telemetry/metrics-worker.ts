import { parentPort, workerData } from 'node:worker_threads'
import { LogReader } from './log-index.ts'
import { metricMatcher } from './metric-matcher.ts'
import type { MetricMatcher, MetricPattern } from './metric-matcher.ts'
import { LinesToSearch, sharedPart } from './metric-search.ts'
import type { FoundMetric, SearchReply, SearchRequest } from './metric-engine.ts'

/**
 * The thread that runs users' expressions (metric-engine.ts): it answers one request after the other, and says in shared memory which expression it is
 * running, for the case that it never comes back from it.
 */
const BATCH_BYTES = 512 * 1024
/** After so many bytes, or so long, other jobs get their turn. Opening a stream costs as much as searching a batch of it with usual expressions. */
const REQUEST_BYTES = 4 * 1024 * 1024
const REQUEST_MS = 200
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
  const part = sharedPart(patterns.flatMap((pattern) => pattern?.literal ?? []))
  const found: FoundMetric[] = []
  const until = performance.now() + REQUEST_MS
  let end = start
  do {
    const batch = await reader.forward({ start: end, end: Infinity }, BATCH_BYTES)
    if (!batch) break
    const outcome = searchBatch(patterns, new LinesToSearch(batch, part))
    // What was found before it counts, and the next request begins with it.
    if (outcome.kind === 'failed') return end > start ? { kind: 'searched', end, found } : outcome
    found.push(...outcome.found)
    end = batch.ends.at(-1) ?? end
  } while (end - start < REQUEST_BYTES && performance.now() < until)
  return { kind: 'searched', end, found }
}

type Failure = Extract<SearchReply, { readonly kind: 'failed' }>
type Found = { readonly kind: 'found'; readonly found: readonly FoundMetric[] }

function searchBatch(patterns: SearchRequest['patterns'], lines: LinesToSearch): Found | Failure {
  const found: FoundMetric[] = []
  for (const [metric, pattern] of patterns.entries()) {
    if (!pattern) continue
    Atomics.add(running, 1, 1)
    Atomics.store(running, 0, metric + 1)
    try {
      const values = lines.values(matcherOf(pattern))
      if (values) found.push({ metric, ...values })
    } catch (error) {
      // An engine may find only now that an expression is too large for it.
      return { kind: 'failed', metric, reason: error instanceof Error ? error.message : String(error) }
    } finally {
      Atomics.store(running, 0, 0)
    }
  }
  return { kind: 'found', found }
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
