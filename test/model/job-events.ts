import { hangsUntil, rehearsedEnd } from './model-made.ts'
import { actingEvents, isFailing, isToHang, rehearsalEvents } from './model-rehearsal.ts'
import { faultText, type FailingStep, type HostEnding } from './job-spec.ts'
import {
  appended,
  failed,
  finished,
  isOver,
  placeless,
  platformFault,
  replaced,
  retainedSeconds,
  retold,
  secondaryOf,
  since,
  startedAgain,
  stopped,
  TEXT,
  unhealthy,
  type Cause,
  type Ending,
  type ModelEvent,
  type ModelJob,
} from './model-job.ts'

/** Behaviour 3.9. */
const GRACE_MS = 120_000

/** What comes next of a job by itself. Placing it is not among it: that concerns other jobs too. */
export function eventsOf(job: ModelJob, upSince: number): readonly ModelEvent[] {
  if (isOver(job)) return poolEvents(job)
  const rehearsal = [...actingEvents(job), ...rehearsalEvents(job)]
  return isFailing(job) ? rehearsal : [...workEvents(job, upSince), ...limitEvents(job), ...rehearsal]
}

function poolEvents(job: ModelJob): ModelEvent[] {
  const { pool } = job
  if (pool?.status !== 'Available') return []
  const retained = retainedSeconds(pool.since, pool.until)
  const happen = (at: number): ModelJob => ({
    ...retold(job, at, TEXT.released),
    pool: { status: 'Terminated', retained },
  })
  return [{ at: pool.until, happen }]
}

function workEvents(job: ModelJob, upSince: number): ModelEvent[] {
  if (isToHang(job)) return []
  const { launch, download, upload } = job.spec
  switch (secondaryOf(job)) {
    case 'Starting':
    case 'Pending':
      if (job.isReplacing) return [{ at: since(job), happen: (at) => replaced(job, at) }]
      return job.isPlaced
        ? [{ at: job.launchedAt + (job.isWarm ? 0 : launch * 1000), happen: (at) => launched(job, at) }]
        : []
    case 'Downloading':
      return [{ at: since(job) + download * 1000, happen: (at) => downloaded(job, at) }]
    case 'Training':
      return job.ending ? [{ at: commandsOverAt(job), happen: (at) => allEnded(job, at) }] : commandEvents(job, upSince)
    case 'Uploading':
      return [{ at: since(job) + upload * 1000, happen: (at) => uploaded(job, at) }]
    case 'Stopping':
      return [{ at: commandsOverAt(job), happen: (at) => stoppedCommands(job, at) }]
    case 'Interrupted':
      return job.isPlaced ? [{ at: commandsOverAt(job), happen: (at) => ({ ...placeless(job), modified: at }) }] : []
    case 'Restarting':
      return [{ at: since(job), happen: (at) => startedAgain(job, at) }]
    default:
      throw new TypeError(`nothing is said of ${secondaryOf(job)}`)
  }
}

function failsAt(job: ModelJob, step: FailingStep['step']): FailingStep['fault'] | undefined {
  const { fails, onlyFirstAttempt } = job.spec
  return fails?.step === step && isAffected(job, onlyFirstAttempt) ? fails.fault : undefined
}

function isAffected({ attempt }: ModelJob, onlyFirstAttempt: true | undefined): boolean {
  return attempt === 1 || !onlyFirstAttempt
}

function launched(job: ModelJob, at: number): ModelJob {
  const fault = failsAt(job, 'launch')
  if (fault === 'client') return failed(job, at, `ClientError: ${faultText('launch')}`)
  if (fault === 'platform') return unhealthy(job, at)
  const started = job.trainingStart ?? at
  return appended({ ...job, trainingStart: started }, at, 'Downloading', TEXT.downloading)
}

function downloaded(job: ModelJob, at: number): ModelJob {
  const fault = failsAt(job, 'download')
  if (fault === 'client') return failed(job, at, `ClientError: Data download failed:${faultText('download')}`)
  return fault ? platformFault(job, at) : appended(job, at, 'Training', TEXT.training)
}

function uploaded(job: ModelJob, at: number): ModelJob {
  const fault = failsAt(job, 'upload')
  if (fault === 'client') return failed(job, at, `ClientError: Artifact upload failed:${faultText('upload')}`)
  if (fault) return platformFault(job, at)
  return finished({ ...job, hasArtifacts: job.ending?.kind !== 'failed' }, at)
}

/** One host's command as it would end by itself. */
interface HostEnd {
  readonly at: number
  readonly ending: Ending
}

/** Of those of one moment the rehearsal's own, unless it is said otherwise. */
function hostEnds(job: ModelJob, ofOneMoment: 'rehearsed' | 'own' = 'rehearsed'): readonly HostEnd[] {
  const { hosts, onlyFirstAttempt } = job.spec
  const began = job.elements.findLast(({ status }) => status === 'Training')?.start ?? 0
  return hosts.map((host, index) => {
    const end: HostEnding = isAffected(job, onlyFirstAttempt) ? host : {}
    const after = end.at === undefined ? Math.max(0, job.spec.run * 1000 - savedBefore(job)) : end.at * 1000
    const at = began + after
    const rehearsed = rehearsedEnd(job, index + 1)
    const isFirst = rehearsed && (ofOneMoment === 'own' ? rehearsed.at < at : rehearsed.at <= at)
    return isFirst ? { at: rehearsed.at, ending: endingOf(rehearsed.end) } : { at, ending: endingOf(end) }
  })
}

/** Behaviour 3.8. */
function endingOf({ code = 0, by }: HostEnding): Ending {
  if (by === 'loss') return { kind: 'lost' }
  if (by === 'out of memory') return { kind: 'failed', reason: OUT_OF_MEMORY }
  const exit = by === 'signal' ? SEGMENTATION_FAULT : code
  return exit === 0 ? { kind: 'succeeded' } : { kind: 'failed', reason: `AlgorithmError: , exit code: ${exit}` }
}

const OUT_OF_MEMORY =
  'ClientError: Please use an instance type with more memory, or reduce the size of job data processed on an instance.'
/** 128 and the number of SIGSEGV. */
const SEGMENTATION_FAULT = 139

/** Work of earlier attempts up to the last checkpoint of each. */
function savedBefore({ spec: { checkpointEvery }, elements }: ModelJob): number {
  if (checkpointEvery === undefined) return 0
  const every = checkpointEvery * 1000
  return elements
    .filter(({ status, end }) => status === 'Training' && end !== undefined)
    .slice(0, elements.at(-1)?.status === 'Training' ? undefined : -1)
    .reduce((saved, { start, end = start }) => Math.floor((saved + end - start) / every) * every, 0)
}

/** Behaviour 3.12: all succeed, or the first that does not decides; of those of one moment the lowest. */
function commandEvents(job: ModelJob, upSince: number): ModelEvent[] {
  const fault = failsAt(job, 'start')
  if (fault) return [{ at: since(job), happen: (at) => notStarted(job, at, fault) }]
  return (['rehearsed', 'own'] as const).flatMap((ofOneMoment) => endEvents(job, hostEnds(job, ofOneMoment), upSince))
}

function endEvents(job: ModelJob, ends: readonly HostEnd[], upSince: number): ModelEvent[] {
  const bad = ends.filter(({ ending }) => ending.kind !== 'succeeded')
  if (bad.length === 0) {
    const at = Math.max(...ends.map((end) => end.at))
    return [{ at, happen: (at) => decided(job, at, { kind: 'succeeded' }) }]
  }
  // What came while no server was there is seen together: then what failed first is asked for, while of a lost host nothing can be.
  const seenAt = Math.min(...bad.map(({ at }) => Math.max(at, upSince)))
  const seen = bad.filter(({ at }) => Math.max(at, upSince) === seenAt)
  const known = seen.filter(({ ending }) => ending.kind === 'failed')
  const first = known.toSorted((one, other) => one.at - other.at)[0]
  const candidates = [...(first ? [first] : []), ...seen.filter(({ ending }) => ending.kind === 'lost').slice(0, 1)]
  return candidates.map(({ at, ending }) => ({ at, happen: (when) => decided(job, when, ending) }))
}

function notStarted(job: ModelJob, at: number, fault: FailingStep['fault']): ModelJob {
  if (fault === 'platform') return platformFault(job, at)
  return failed(job, at, `AlgorithmError: ${faultText('start')}, exit code: 1`)
}

/** How it ends is decided; the other hosts are ended (behaviour 3.12). */
function decided(job: ModelJob, at: number, ending: Ending): ModelJob {
  const decision = { ...job, ending, terminatedAt: at }
  // With one host there is nothing left to be ended, and with success there is not either.
  return job.spec.hosts.length > 1 && ending.kind !== 'succeeded'
    ? { ...decision, modified: at }
    : allEnded(decision, at)
}

function allEnded(job: ModelJob, at: number): ModelJob {
  if (job.ending?.kind === 'lost') return platformFault(job, at)
  return appended(job, at, 'Uploading', TEXT.uploading)
}

/** When the last command that was sent SIGTERM has ended; the moment itself where none ran. */
function commandsOverAt(job: ModelJob): number {
  const { terminatedAt, uploadsUntil } = job
  if (uploadsUntil !== undefined) return Math.max(since(job), uploadsUntil)
  if (terminatedAt === undefined) return since(job)
  const killedAt = hangsUntil(job, GRACE_MS) ?? terminatedAt + (job.spec.ignoresTerm ? GRACE_MS : 0)
  const overs = hostEnds(job).map(({ at }) => Math.min(at, killedAt))
  return Math.max(since(job), ...overs)
}

/** Behaviour 1.4.6: what has trained is uploaded, what has not is Stopped at once. */
function stoppedCommands(job: ModelJob, at: number): ModelJob {
  const hasTrained = job.elements.at(-2)?.status === 'Training'
  if (!hasTrained) return finished(job, at)
  return appended({ ...job, ending: { kind: 'stopped' } }, at, 'Uploading', TEXT.uploading)
}

const RUNNING = ['Downloading', 'Training']
const PENDING = ['Starting', 'Pending']
const WAITING = [...PENDING, 'Interrupted', 'Restarting', ...RUNNING]

function limitEvents(job: ModelJob): ModelEvent[] {
  if (job.cause || job.ending) return []
  const { spec, created, trainingStart, limitsFrom, uploadsUntil = 0 } = job
  const secondary = secondaryOf(job)
  const limit = (cause: Cause, moment: number): ModelEvent => ({
    // An upload is not cut short.
    at: Math.max(moment, limitsFrom, uploadsUntil),
    happen: (at) => stopped(job, at, cause),
  })
  return [
    ...(RUNNING.includes(secondary) ? [limit('max-runtime', runtimeOverAt(job))] : []),
    ...(spec.maxWait !== undefined && WAITING.includes(secondary)
      ? [limit('max-wait', created + spec.maxWait * 1000)]
      : []),
    ...(spec.maxPending !== undefined && PENDING.includes(secondary) && trainingStart === undefined
      ? [limit('max-pending', created + spec.maxPending * 1000)]
      : []),
  ]
}

/** MaxRuntimeInSeconds counts Downloading and Training of all attempts (behaviour 8.1). */
function runtimeOverAt(job: ModelJob): number {
  const open = since(job)
  return open + job.spec.maxRuntime * 1000 - runBefore(job, open)
}

/** Milliseconds of Downloading and Training by then. */
export function runBefore({ elements }: ModelJob, at: number): number {
  return elements
    .filter(({ status, start }) => RUNNING.includes(status) && start <= at)
    .reduce((sum, { start, end = at }) => sum + Math.min(end, at) - start, 0)
}
