import type { Injection, Limit } from './job-spec.ts'
import { hangOf, isMadeHere, make, openOf, rehearsedEnd, stageOf, visitBegan, visitOf } from './model-made.ts'
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
  type Made,
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

/** What the rehearsal of a job does to it next. It counts as made before it acts. While a step is being made to fail none follows it that could. */
export function rehearsalEvents(job: ModelJob): readonly ModelEvent[] {
  return openOf(job).flatMap(({ injection, index }) => {
    const due = dueOf(job, injection)
    const isOnce = 'stage' in injection || injection.does === 'hang' || secondaryOf(job) === 'Interrupted'
    const isBarred = isOnce ? isMadeHere(job, index) : isFailing(job)
    if (due === undefined || isBarred) return []
    return [{ at: due, happen: (at: number) => begun(make(job, index, at), index) }]
  })
}

/** Whoever waits for a command, or ends it, sees what is to be. */
function begun(job: ModelJob, index: number): ModelJob {
  const does = job.spec.rehearsal?.[index]?.does
  return does === 'end' || does === 'hang' ? job : acting(job, index)
}

function acting(job: ModelJob, index: number): ModelJob {
  return { ...job, acting: [...job.acting, index] }
}

/** Whether SIGTERM is about to be withheld from the commands: whatever else comes of their being ended comes after. */
export function isToHang(job: ModelJob): boolean {
  return openOf(job).some(({ injection }) => injection.does === 'hang' && dueOf(job, injection) !== undefined)
}

/** When the commands of the job, if it has any that may run, are sent SIGTERM. */
function terminatesAt(job: ModelJob): number | undefined {
  const secondary = secondaryOf(job)
  if (job.spec.hosts.every((_host, index) => rehearsedEnd(job, index + 1))) return undefined
  if (secondary === 'Stopping') return job.elements.at(-2)?.status === 'Training' ? since(job) : undefined
  return secondary === 'Interrupted' && job.isPlaced ? Math.max(since(job), job.uploadsUntil ?? 0) : undefined
}

/** @returns undefined where there is no occasion for it as long as the job is in its stage */
function dueOf(job: ModelJob, injection: Injection): number | undefined {
  const secondary = secondaryOf(job)
  if ('stage' in injection) {
    if (injection.stage !== stageOf(job)) return undefined
    // What has no place has none to lose.
    if (injection.does === 'interrupt' && !job.isPlaced) return undefined
    return visitBegan(job) + injection.after * 1000
  }
  switch (injection.does) {
    case 'fail-role':
    case 'unhealthy':
      return job.isPlaced && !job.isReplacing && stageOf(job) === 'start' ? job.launchedAt : undefined
    case 'fail-image':
      return secondary === 'Downloading' && !job.spec.fails?.step.startsWith('download')
        ? since(job) + job.spec.download * 1000
        : undefined
    case 'fail-store write':
      return uploadBegan(job)
    case 'hang':
      return injection.while === stageOf(job) && !hangOf(job) ? terminatesAt(job) : undefined
    default:
      return undefined
  }
}

/** When an upload began that is under way: one that an interruption has overtaken as it began is not cut short. */
function uploadBegan({ elements, uploadsUntil }: ModelJob): number | undefined {
  const [before, last] = elements.slice(-2)
  if (last?.status === 'Uploading') return last.start
  const isOvertaken = last?.status === 'Interrupted' && uploadsUntil !== undefined
  return isOvertaken && before?.start === last.start ? before.start : undefined
}

/** What was made acts at once, whatever else was made meanwhile. */
export function actingEvents(job: ModelJob): readonly ModelEvent[] {
  return job.acting.flatMap((index) => {
    const injection = job.spec.rehearsal?.[index]
    const made = job.made.findLast((one) => one.index === index)
    if (!injection || !made) return []
    const rest = { ...job, acting: job.acting.filter((other) => other !== index) }
    return 'stage' in injection
      ? timedEvents(job, made, (at) => acted(rest, injection, at))
      : [
          {
            at: made.at,
            happen: (at) => (fails(job, made, injection) ? failing(job, rest, injection, at) : calledOff(rest, at)),
          },
        ]
  })
}

/** Before the work of a stage that it was made at the beginning of, and before or after where the stage has begun meanwhile. */
function timedEvents(job: ModelJob, { at, visit }: Made, happen: ModelEvent['happen']): readonly ModelEvent[] {
  const afterWork: ModelEvent = { at, happen }
  // What is interrupted has been at work.
  if (secondaryOf(job) === 'Interrupted' || since(job) !== at) return [afterWork]
  const beforeWork: ModelEvent = { at, happen: (then) => workless(happen(then)) }
  return visit === visitOf(job) ? [beforeWork] : [beforeWork, afterWork]
}

/** Of a step that was called off meanwhile nothing comes any more. */
function fails(job: ModelJob, { visit }: Made, { does }: Injection): boolean {
  if (visit !== visitOf(job)) return false
  if (does === 'fail-store write') return secondaryOf(job) === 'Uploading'
  return does === 'capacity' || job.isPlaced
}

/** But that it is over. */
function calledOff(job: ModelJob, at: number): ModelJob {
  return job.uploadsUntil === undefined ? job : { ...job, uploadsUntil: at }
}

/** That the image is fetched is told before that it cannot be. */
function failing(job: ModelJob, rest: ModelJob, injection: Injection, at: number): ModelJob {
  const isToBeTold = injection.does === 'fail-image' && job.elements.at(-1)?.message !== TEXT.downloadingImage
  return isToBeTold ? retold(job, at, TEXT.downloadingImage) : acted(rest, injection, at)
}

/** Whether a step of the job is being made to fail, so that nothing else comes of it first. */
export function isFailing({ acting, spec }: ModelJob): boolean {
  return acting.some((index) => {
    const injection = spec.rehearsal?.[index]
    return injection !== undefined && !('stage' in injection)
  })
}

function acted(job: ModelJob, { does }: Injection, at: number): ModelJob {
  switch (does) {
    case 'interrupt':
      return interrupted(job, at) ?? job
    case 'stop':
      return stopped(job, at, 'user')
    case 'end':
    case 'hang':
      return job
    case 'limit max-runtime':
      return limited(job, at, 'max-runtime')
    case 'limit max-wait':
      return limited(job, at, 'max-wait')
    case 'limit max-pending':
      return limited(job, at, 'max-pending')
    case 'fail-role':
      return failed(job, at, REFUSED.role)
    case 'fail-image':
      return failed(job, at, REFUSED.image)
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

/** As one that comes by itself: what is decided by then has kept it. */
function limited(job: ModelJob, at: number, limit: Limit): ModelJob {
  return job.ending ? job : stopped(job, at, limit)
}

/** No command and no upload has begun that would be waited for. */
function workless({ terminatedAt: _terminated, uploadsUntil: _uploads, ...job }: ModelJob): ModelJob {
  return job
}

/** Of what was made and has not acted when the server was dropped only what a record says is done after all, as long as the job is in its stage. */
export function takenUpRehearsal(job: ModelJob): ModelJob {
  const acting = job.acting.filter((index) => {
    const injection = job.spec.rehearsal?.[index]
    return injection !== undefined && 'stage' in injection && isMadeHere(job, index)
  })
  return { ...job, acting }
}

/** What keeps a job from asking for its place. */
export interface NoCapacity {
  readonly events: readonly ModelEvent[]
  /** Whether it waits as one that has asked. */
  readonly isTold: boolean
}

/** @returns undefined where the job asks for its place */
export function noCapacity(job: ModelJob, now: number): NoCapacity | undefined {
  const stage = stageOf(job)
  const open = openOf(job)
  for (const [index, injection] of (job.spec.rehearsal ?? []).entries()) {
    if (injection.does !== 'capacity' || injection.while !== stage) continue
    const made = job.made.find((one) => one.index === index && one.visit === visitOf(job))
    if (!made && !open.some((one) => one.index === index)) continue
    const once = (at: number): ModelJob => (made ? job : make(job, index, at))
    if (injection.lasts === 'never')
      return { events: [{ at: now, happen: (at) => acting(once(at), index) }], isTold: false }
    if (!made) return { events: [{ at: now, happen: once }], isTold: false }
    const until = made.at + injection.lasts * 1000
    if (until > now) return { events: [{ at: until, happen: () => job }], isTold: true }
  }
  return undefined
}
