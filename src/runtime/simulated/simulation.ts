import type { Artifact, InstanceEnd } from '../runtime.ts'

/** Milliseconds of job time that each stage takes. */
export interface SimulatedStages {
  readonly launch: number
  readonly download: number
  /** Of the image: without it there is none to fetch, and nothing of it is seen. */
  readonly pull: number
  readonly run: number
  readonly collect: number
}

/** What each stage takes unless it is said otherwise. */
export const FIXED_STAGES: SimulatedStages = { launch: 1000, download: 2000, pull: 0, run: 5000, collect: 1000 }

/** A step of an instance that fails once it has taken its time. */
export type FailingStep = 'launch' | 'download' | 'pull' | 'start' | 'collect'

export interface SimulatedFault {
  readonly fault: 'client' | 'platform'
  readonly message: string
}

/** A line of the log, or one again and again; `{n}`, `{t}`, `{host}`, `{attempt}` and `{METRIC}` stand in its text. */
export interface SimulatedLine {
  readonly text: string
  /** Milliseconds after the command began, once; of what it has run in all where it has checkpoints. */
  readonly at?: number
  /** Milliseconds between two of them; the first comes after that long. */
  readonly every?: number
}

/** Values over the steps of a repeated line. */
export type SimulatedMetric =
  /** From the first value to the second as the run goes on, moved by up to `noise` either way. */
  | { readonly kind: 'range'; readonly from: number; readonly to: number; readonly noise: number }
  /** One a step; the last stays. */
  | { readonly kind: 'values'; readonly values: readonly number[] }

/** How one instance of one attempt fares unless it is stopped first. */
export interface Simulation {
  readonly stages: SimulatedStages
  readonly end: InstanceEnd
  /** Milliseconds after the command began; `stages.run` where it is not given. */
  readonly endsAt?: number
  /** What the command leaves in `/opt/ml/output/failure`. */
  readonly failure?: string
  /** A stop then takes its whole grace. */
  readonly ignoresTerm: boolean
  /** Milliseconds between checkpoints: a later attempt goes on from the last one. Without, it begins anew. */
  readonly checkpointEvery?: number
  readonly lines: readonly SimulatedLine[]
  readonly metrics: Readonly<Record<string, SimulatedMetric>>
  readonly faults: Readonly<Partial<Record<FailingStep, SimulatedFault>>>
  /** Bytes of the one file in it. */
  readonly artifacts: Readonly<Partial<Record<Artifact['kind'], number>>>
}

/** Succeeds in a few seconds. */
export const DEFAULT_SIMULATION: Simulation = {
  stages: FIXED_STAGES,
  end: { kind: 'exited', code: 0 },
  ignoresTerm: false,
  lines: [],
  metrics: {},
  faults: {},
  artifacts: {},
}

/** One statement of a script, and for whom it is. */
export interface SimulationRule {
  /** Undefined for every host. */
  readonly host?: string
  /** Undefined for every attempt. */
  readonly attempt?: number
  /** Members of the two levels replace, lines are added. */
  readonly change: {
    readonly [Member in keyof Simulation]?: Member extends 'stages' ? Partial<SimulatedStages> : Simulation[Member]
  }
}

export interface SimulationScript {
  readonly rules: readonly SimulationRule[]
}

/** What the rules make of one instance: of several that say the same the last that is for it holds. */
export function simulationOf(
  { rules }: SimulationScript,
  instance: { readonly host: string; readonly attempt: number },
): Simulation {
  return rules
    .filter(
      ({ host = instance.host, attempt = instance.attempt }) => host === instance.host && attempt === instance.attempt,
    )
    .reduce<Simulation>(changed, DEFAULT_SIMULATION)
}

function changed(before: Simulation, { change }: SimulationRule): Simulation {
  return {
    ...before,
    ...change,
    stages: { ...before.stages, ...change.stages },
    lines: [...before.lines, ...(change.lines ?? [])],
    metrics: { ...before.metrics, ...change.metrics },
    faults: { ...before.faults, ...change.faults },
    artifacts: { ...before.artifacts, ...change.artifacts },
  }
}
