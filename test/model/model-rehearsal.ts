import type { Injection } from './job-spec.ts'
import {
  failed,
  interrupted,
  platformFault,
  retold,
  secondaryOf,
  since,
  stopped,
  TEXT,
  unhealthy,
  type ModelEvent,
  type ModelJob,
} from './model-job.ts'

/** Behaviour 1.4.5. */
const REFUSED = {
  role:
    'ClientError: TrainingHostAgent Initialization failed:InvalidInputException: SageMaker is unable to perform: sts:AssumeRole on the role. ' +
    "Check if you have a trust relationship for 'sagemaker.amazonaws.com' to assume the role.",
  image:
    'ClientError: Cannot pull algorithm container. Either the image does not exist or its permissions are incorrect.',
  capacity:
    'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.',
} as const

const STAGES: Readonly<Record<string, string>> = {
  Starting: 'start',
  Pending: 'start',
  Downloading: 'downloading',
  Training: 'training',
  Uploading: 'uploading',
}

interface Open {
  readonly injection: Injection
  readonly index: number
}

/** Those that have not been made as often as they may be, nor in the stage as the job is in it now. */
function openOf(job: ModelJob): readonly Open[] {
  const { spec, made } = job
  return (spec.rehearsal ?? []).flatMap((injection, index) => {
    const before = made.filter((one) => one.index === index)
    return before.length < injection.times ? [{ injection, index }] : []
  })
}

function isMadeHere(job: ModelJob, index: number): boolean {
  return job.made.some((one) => one.index === index && one.visit === visitOf(job))
}

/** A visit of a stage begins with it, and that of the start once more with the place. */
function visitOf(job: ModelJob): string {
  return `${job.attempt} ${visitBegan(job)}`
}

function visitBegan(job: ModelJob): number {
  const { elements, isPlaced, placedAt } = job
  const stage = STAGES[secondaryOf(job)]
  const other = elements.findLastIndex(({ status }) => STAGES[status] !== stage)
  const began = elements[other + 1]?.start ?? 0
  return stage === 'start' && isPlaced ? Math.max(placedAt, began) : began
}

function make(job: ModelJob, index: number, at: number): ModelJob {
  return { ...job, made: [...job.made, { index, at, visit: visitOf(job) }] }
}

/** What the rehearsal of a job does to it next. It counts as made before it acts. */
export function rehearsalEvents(job: ModelJob): readonly ModelEvent[] {
  return openOf(job).flatMap(({ injection, index }) => {
    const due = dueOf(job, injection)
    if (due === undefined || ('stage' in injection && isMadeHere(job, index))) return []
    return [{ at: due, happen: (at: number) => ({ ...make(job, index, at), acting: index }) }]
  })
}

/** @returns undefined where there is no occasion for it as long as the job is in its stage */
function dueOf(job: ModelJob, injection: Injection): number | undefined {
  const secondary = secondaryOf(job)
  if ('stage' in injection) {
    if (injection.stage !== STAGES[secondary]) return undefined
    // What has no place has none to lose.
    if (injection.does === 'interrupt' && !job.isPlaced) return undefined
    return visitBegan(job) + injection.after * 1000
  }
  switch (injection.does) {
    case 'fail-role':
    case 'unhealthy':
      return job.isPlaced && !job.isReplacing && STAGES[secondary] === 'start' ? job.launchedAt : undefined
    case 'fail-image':
      return secondary === 'Downloading' && !job.spec.fails?.step.startsWith('download')
        ? since(job) + job.spec.download * 1000
        : undefined
    case 'fail-store write':
      return secondary === 'Uploading' ? since(job) : undefined
    default:
      return undefined
  }
}

/** What was made acts at once: before the work of a stage that it was made at the beginning of, and before or after where the stage has begun meanwhile. */
export function actingEvents(job: ModelJob): readonly ModelEvent[] {
  const { acting: _acting, ...rest } = job
  const injection = actingOf(job)
  const made = job.made.at(-1)
  if (!injection || !made) return []
  const afterWork: ModelEvent = { at: made.at, happen: (at) => acted(rest, injection, at) }
  if (isFailing(job) || since(job) !== made.at) return [afterWork]
  const beforeWork: ModelEvent = { at: made.at, happen: (at) => workless(acted(rest, injection, at)) }
  return made.visit === visitOf(job) ? [beforeWork] : [beforeWork, afterWork]
}

function actingOf({ acting, spec }: ModelJob): Injection | undefined {
  return acting === undefined ? undefined : spec.rehearsal?.[acting]
}

/** Whether a step of the job is being made to fail, so that nothing else comes of it first. What a clock has made may come too late to matter. */
export function isFailing(job: ModelJob): boolean {
  const injection = actingOf(job)
  return injection !== undefined && !('stage' in injection)
}

function acted(job: ModelJob, { does }: Injection, at: number): ModelJob {
  switch (does) {
    case 'interrupt':
      return interrupted(job, at) ?? job
    case 'stop':
      return stopped(job, at, 'user')
    case 'limit max-runtime':
      // As one that comes by itself: what is decided by then has kept it.
      return job.ending ? job : stopped(job, at, 'max-runtime')
    case 'fail-role':
      return failed(job, at, REFUSED.role)
    case 'fail-image':
      return failed(retold(job, at, TEXT.downloadingImage), at, REFUSED.image)
    case 'unhealthy':
      return unhealthy(job, at)
    case 'fail-store write':
      return platformFault(job, at)
    case 'capacity':
      return failed(job, at, REFUSED.capacity)
    default:
      return does satisfies never
  }
}

/** No command and no upload has begun that would be waited for. */
function workless({ terminatedAt: _terminated, uploadsUntil: _uploads, ...job }: ModelJob): ModelJob {
  return job
}

/** Of what was made and has not acted when the server was dropped only what a record says is done after all. */
export function takenUpRehearsal(job: ModelJob): ModelJob {
  const { acting: _acting, ...rest } = job
  return isFailing(job) ? rest : job
}

/** What keeps a job from asking for its place. */
export interface NoCapacity {
  readonly events: readonly ModelEvent[]
  /** Whether it waits as one that has asked. */
  readonly isTold: boolean
}

/** @returns undefined where the job asks for its place */
export function noCapacity(job: ModelJob, now: number): NoCapacity | undefined {
  if (STAGES[secondaryOf(job)] !== 'start') return undefined
  const open = openOf(job)
  for (const [index, injection] of (job.spec.rehearsal ?? []).entries()) {
    if (injection.does !== 'capacity') continue
    const made = job.made.find((one) => one.index === index && one.visit === visitOf(job))
    if (!made && open.some((one) => one.index === index)) {
      const acting = injection.lasts === 'never' ? { acting: index } : {}
      return { events: [{ at: now, happen: (at) => ({ ...make(job, index, at), ...acting }) }], isTold: false }
    }
    const until = made && injection.lasts !== 'never' ? made.at + injection.lasts * 1000 : now
    if (until > now) return { events: [{ at: until, happen: () => job }], isTold: true }
  }
  return undefined
}
