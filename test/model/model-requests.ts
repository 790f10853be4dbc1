import {
  isOver,
  createdJob,
  interrupted,
  retainedSeconds,
  retold,
  secondaryOf,
  stopped,
  TEXT,
  type ModelJob,
} from './model-job.ts'
import { isGrouped } from './job-spec.ts'
import { quotaExceeded } from './model-quotas.ts'
import type { Answer, Request, Update } from './steps.ts'
import { jobNamed, withJob, withoutJob, type ModelWorld } from './model-world.ts'

/** What a request makes of a world, before anything comes of it. */
export interface Asked {
  readonly world: ModelWorld
  readonly answer: Answer
}

const VALIDATION = 'ValidationException'
/** Behaviour 6.3. */
const UNKNOWN: Answer = { code: VALIDATION, message: 'Requested resource not found.' }

export function ask(world: ModelWorld, request: Request): Asked {
  if (request.do === 'create') return create(world, request)
  // Behaviour 6.5.
  if (request.do === 'update' && request.what === 'nothing') {
    const message = 'Invalid UpdateTrainingJobRequest, the request cannot be empty'
    return { world, answer: { code: VALIDATION, message } }
  }
  const job = jobNamed(world, request.name)
  if (!job) return { world, answer: UNKNOWN }
  switch (request.do) {
    case 'describe':
      return { world, answer: { found: job.name } }
    case 'stop':
      // Behaviour 6.4.
      return isOver(job) ? { world, answer: wrongStatus(job) } : did(world, stopped(job, world.now, 'user'))
    case 'interrupt': {
      const next = interrupted(job, world.now)
      return { world: withJob(world, next ?? job), answer: { interrupted: next !== undefined } }
    }
    case 'update':
      return update(world, job, request.what)
    case 'delete':
      // Behaviour 6.6.
      if (!isOver(job) || job.pool?.status === 'Available') return { world, answer: { code: 'ResourceInUse' } }
      return { world: withoutJob(world, job.name), answer: {} }
    default:
      return request satisfies never
  }
}

/** Behaviour 6.2. */
function create(world: ModelWorld, { name, job }: Extract<Request, { readonly do: 'create' }>): Asked {
  // Behaviour 8.2.
  if (job.keepAlive && isGrouped(job)) return { world, answer: { code: VALIDATION } }
  if (jobNamed(world, name)) return { world, answer: { code: 'ResourceInUse' } }
  const id = world.made + 1
  const created = createdJob({ id, name, spec: job }, world.now)
  const message = quotaExceeded(world, created)
  if (message !== undefined) return { world, answer: { code: 'ResourceLimitExceeded', message } }
  return did({ ...world, made: id }, created)
}

function did(world: ModelWorld, job: ModelJob): Asked {
  return { world: withJob(world, job), answer: {} }
}

function wrongStatus({ primary }: ModelJob): Answer {
  return { code: VALIDATION, message: `The request was rejected because the training job is in status ${primary}.` }
}

/** Behaviour 6.5. */
function update(world: ModelWorld, job: ModelJob, what: Update): Asked {
  const at = world.now
  if (typeof what === 'object') return keepFor(world, job, what.keepAlive)
  const runs = ['Downloading', 'Training'].includes(secondaryOf(job))
  const isAllowed = what === 'profiler' ? job.primary === 'InProgress' : runs
  return isAllowed ? did(world, { ...job, modified: at }) : { world, answer: wrongStatus(job) }
}

function keepFor(world: ModelWorld, job: ModelJob, seconds: number): Asked {
  const { pool } = job
  const at = world.now
  if (job.primary !== 'Completed') return { world, answer: wrongStatus(job) }
  if (pool?.status !== 'Available') return { world, answer: { code: VALIDATION } }
  if (seconds > 0) return did(world, { ...job, modified: at, pool: { ...pool, until: at + seconds * 1000 } })
  const retained = retainedSeconds(pool.since, at)
  return did(world, { ...retold(job, at, TEXT.released), pool: { status: 'Terminated', retained } })
}
