import { join } from 'node:path'
import type { JobRecord } from '../store/store.ts'
import { parseJobRequest } from '../supervisor/job-request.ts'
import { LogReader } from '../telemetry/log-index.ts'
import { readPage, type LogEvent, type PagePosition } from '../telemetry/log-page.ts'
import { metricMatcher, type MetricMatcher } from '../telemetry/metric-matcher.ts'
import { compileMetricRegex } from '../telemetry/metric-regex.ts'

/** From where a job went on in its next attempt, by what its first host logged. */
export interface Resumption {
  /** The attempt that ended early. */
  readonly attempt: number
  /** Of the metric definition that counts steps. */
  readonly metric: string
  /** The last value before the end of the attempt; absent where none was logged. */
  readonly lastStep?: number
  /** The first value of the next attempt. */
  readonly resumedFrom?: number
  /** Milliseconds of training done again: from when the earlier attempt logged the step that the later began with, or began, to its last step. */
  readonly lostMs?: number
}

/** Names of metrics that count steps; the first that a job defines is taken. */
const STEPS = ['global_step', 'step', 'steps', 'iteration', 'epoch']
const HOST = 'algo-1'
/** Lines that are looked at on each side; they are read by an engine that takes time in proportion. */
const LINES = 2000

/** Of each attempt but the last; none for a job without a metric that counts steps. */
export async function resumptions(job: JobRecord, logsFolder: string): Promise<readonly Resumption[]> {
  const { name, matcher } = stepMetric(job) ?? {}
  if (name === undefined || !matcher) return []
  const found: Resumption[] = []
  for (let attempt = 1; attempt < job.state.attempt; attempt++) {
    const before = await steps(join(logsFolder, `${job.id}-${attempt}-${HOST}`), matcher, { from: 'tail' })
    const after = await steps(join(logsFolder, `${job.id}-${attempt + 1}-${HOST}`), matcher, { from: 'head' })
    found.push({ attempt, metric: name, ...compared(before, after) })
  }
  return found
}

interface Step {
  readonly time: number
  readonly value: number
}

function compared(before: readonly Step[], after: readonly Step[]): Omit<Resumption, 'attempt' | 'metric'> {
  const last = before.at(-1)
  const first = after[0]
  return {
    ...(last ? { lastStep: last.value } : {}),
    ...(first ? { resumedFrom: first.value } : {}),
    ...(last && first ? { lostMs: doneAgain(before, last, first) } : {}),
  }
}

/** A step is logged once it is done: a job that goes on with the one after its last has lost nothing. */
function doneAgain(before: readonly Step[], last: Step, { value }: Step): number {
  if (value > last.value) return 0
  const kept = before.findLast((step) => step.value < value) ?? before[0]
  return kept ? Math.max(0, last.time - kept.time) : 0
}

function stepMetric(job: JobRecord): { readonly name: string; readonly matcher: MetricMatcher } | undefined {
  const definitions = parseJobRequest(job.request).AlgorithmSpecification?.MetricDefinitions ?? []
  for (const wanted of STEPS) {
    const definition = definitions.find(({ Name }) => Name.toLowerCase().split(':').at(-1) === wanted)
    const matcher = definition && matcherOf(definition.Regex)
    if (matcher) return { name: definition.Name, matcher }
  }
  return undefined
}

/** @returns undefined for an expression that only the other engine can run, which is not let loose on the server's own loop */
function matcherOf(pattern: string): MetricMatcher | undefined {
  try {
    const { source, literal } = compileMetricRegex(pattern)
    return metricMatcher({ source, literal, engine: 're2' })
  } catch {
    return undefined
  }
}

async function steps(file: string, matcher: MetricMatcher, position: PagePosition): Promise<readonly Step[]> {
  const found: Step[] = []
  for (const { time, message } of await lines(file, position)) {
    if (!message.includes(matcher.literal)) continue
    const value = matcher.values(message).at(-1)
    if (value !== undefined) found.push({ time, value })
  }
  return found
}

/** An attempt that was never launched has no stream. */
async function lines(file: string, position: PagePosition): Promise<readonly LogEvent[]> {
  try {
    await using reader = await LogReader.open(file)
    return (await readPage(reader, { position, limit: LINES })).events
  } catch {
    return []
  }
}
