import { hash } from 'node:crypto'
import type { InstanceId } from '../runtime.ts'
import type { SimulatedLine, SimulatedMetric, Simulation } from './simulation.ts'

/** A line of one attempt's log. */
export interface DueLine {
  /** Milliseconds after its command began. */
  readonly after: number
  readonly text: string
}

const PLACEHOLDER = /\{([^{}]*)\}/g
const SIGNIFICANT_DIGITS = 6

/**
 * What an instance prints until its command ends, in the order of time; a pure function of its arguments, so that a server that starts again goes on where the log ends.
 *
 * @param trainedBefore milliseconds of work that an earlier attempt has done and saved
 * @param endsAfter milliseconds
 */
export function* simulatedLines(
  simulation: Simulation,
  id: InstanceId,
  { trainedBefore, endsAfter }: { readonly trainedBefore: number; readonly endsAfter: number },
): Generator<DueLine> {
  const { lines } = simulation
  const steps = lines.map((line) => firstStep(line, trainedBefore))
  for (;;) {
    const dues = lines.map((line, index) => dueAt(line, steps[index] ?? 1) - trainedBefore)
    const after = Math.min(...dues)
    if (!(after <= endsAfter)) return
    const index = dues.indexOf(after)
    const line = lines[index]
    if (!line) return
    const step = steps[index] ?? 1
    steps[index] = step + 1
    yield { after, text: textOf(line, { simulation, id, step, time: after + trainedBefore }) }
  }
}

function firstStep({ every, at = 0 }: SimulatedLine, trainedBefore: number): number {
  if (every !== undefined) return Math.floor(trainedBefore / every) + 1
  return at < trainedBefore ? 2 : 1
}

function dueAt({ every, at = 0 }: SimulatedLine, step: number): number {
  if (every !== undefined) return step * every
  return step === 1 ? at : Number.POSITIVE_INFINITY
}

interface Moment {
  readonly simulation: Simulation
  readonly id: InstanceId
  /** From 1. */
  readonly step: number
  /** Milliseconds of work done. */
  readonly time: number
}

function textOf({ text }: SimulatedLine, moment: Moment): string {
  const { id, step, time, simulation } = moment
  return text.replaceAll(PLACEHOLDER, (whole, name: string) => {
    const metric = Object.hasOwn(simulation.metrics, name) ? simulation.metrics[name] : undefined
    if (metric) return String(Number(valueOf(metric, name, moment).toPrecision(SIGNIFICANT_DIGITS)))
    if (name === 'n') return String(step)
    if (name === 't') return String(time / 1000)
    if (name === 'host') return id.host
    return name === 'attempt' ? String(id.attempt) : whole
  })
}

function valueOf(metric: SimulatedMetric, name: string, { simulation, id, step, time }: Moment): number {
  if (metric.kind === 'values') return metric.values[Math.min(step, metric.values.length) - 1] ?? Number.NaN
  const { run } = simulation.stages
  const progress = run === 0 ? 1 : Math.min(1, time / run)
  const { from, to, noise } = metric
  return from + (to - from) * progress + noise * (2 * chance(`${id.jobId} ${id.host} ${name} ${step}`) - 1)
}

/** A number from 0 up to 1 that is the same each time. */
function chance(seed: string): number {
  return hash('sha256', seed, 'buffer').readUIntBE(0, 6) / 2 ** 48
}
