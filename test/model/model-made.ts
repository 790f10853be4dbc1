import type { HostEnding, Injection, Stage } from './job-spec.ts'
import { secondaryOf, type ModelJob } from './model-job.ts'

const STAGES: Readonly<Record<string, Stage>> = {
  Starting: 'start',
  Pending: 'start',
  Downloading: 'downloading',
  Training: 'training',
  Uploading: 'uploading',
  Interrupted: 'interrupted',
  Stopping: 'stopping',
}

export function stageOf(job: ModelJob): Stage | undefined {
  return STAGES[secondaryOf(job)]
}

export interface Open {
  readonly injection: Injection
  readonly index: number
}

/** Those that have not been made as often as they may be. */
export function openOf(job: ModelJob): readonly Open[] {
  const { spec, made } = job
  return (spec.rehearsal ?? []).flatMap((injection, index) => {
    const before = made.filter((one) => one.index === index)
    return before.length < injection.times ? [{ injection, index }] : []
  })
}

export function isMadeHere(job: ModelJob, index: number): boolean {
  return job.made.some((one) => one.index === index && one.visit === visitOf(job))
}

/** A visit of a stage begins with it, and that of the start once more with the place. */
export function visitOf(job: ModelJob): string {
  return `${job.attempt} ${visitBegan(job)}`
}

export function visitBegan(job: ModelJob): number {
  const { elements, isPlaced, placedAt } = job
  const stage = stageOf(job)
  const other = elements.findLastIndex(({ status }) => STAGES[status] !== stage)
  const began = elements[other + 1]?.start ?? 0
  return stage === 'start' && isPlaced ? Math.max(placedAt, began) : began
}

export function make(job: ModelJob, index: number, at: number): ModelJob {
  return { ...job, made: [...job.made, { index, at, attempt: job.attempt, visit: visitOf(job) }] }
}

/** How the rehearsal has ended the command of a host, counted from 1, of this attempt. */
export function rehearsedEnd(
  job: ModelJob,
  host: number,
): { readonly at: number; readonly end: HostEnding } | undefined {
  for (const { index, at, attempt } of job.made) {
    const injection = job.spec.rehearsal?.[index]
    if (attempt !== job.attempt || injection?.does !== 'end' || injection.host !== host) continue
    const { by, code } = injection
    if (by === 'oom') return { at, end: { by: 'out of memory' } }
    return { at, end: { code: by === 'kill' ? KILLED : code } }
  }
  return undefined
}

/** 128 and the number of SIGKILL. */
const KILLED = 137

/** When commands are ended from which SIGTERM is withheld; undefined where it is not. @param grace milliseconds */
export function hangsUntil(job: ModelJob, grace: number): number | undefined {
  const hang = hangOf(job)
  return hang && hang.at + (hang.lasts === undefined ? grace : hang.lasts * 1000)
}

export function hangOf(job: ModelJob): { readonly at: number; readonly lasts: number | undefined } | undefined {
  for (const { index, at, visit } of job.made) {
    const injection = job.spec.rehearsal?.[index]
    if (injection?.does === 'hang' && visit === visitOf(job)) return { at, lasts: injection.lasts }
  }
  return undefined
}
