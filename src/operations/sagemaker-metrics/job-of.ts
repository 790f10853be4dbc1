import { AwsError } from '../../protocol/errors.ts'
import type { JobRecord, Scope, Store } from '../../store/store.ts'
import type { Call } from '../operation.ts'

/**
 * There are no experiments here. On AWS each training job has a trial component named after it, and that one is what a name of this form means: so values
 * that a job reports for itself are kept with the job.
 */
const COMPONENT_SUFFIX = '-aws-training-job'

export function scopeOf({ principal, region }: Call): Scope {
  return { account: principal.account, region }
}

/** @throws AwsError for a name of no job, and for a job's session that names another job */
export async function jobOfComponent(store: Store, call: Call, name: string): Promise<JobRecord> {
  const job = name.endsWith(COMPONENT_SUFFIX)
    ? await store.jobByName(scopeOf(call), name.slice(0, -COMPONENT_SUFFIX.length))
    : undefined
  if (mayReach(call, job) && job) return job
  // [unknown - recommended behaviour] Code and text; the model lists no error.
  throw new AwsError(
    'ResourceNotFound',
    `Trial component ${name} not found. This server has no experiments; the trial component of a training job is <name of the job>${COMPONENT_SUFFIX}.`,
    { status: 404 },
  )
}

const RESOURCE = /^arn:aws[a-z-]*:sagemaker:([a-z0-9-]*):(\d{12}):(training-job|experiment-trial-component)\/(.+)$/

/** The job that an ARN of its own or of its trial component means; undefined where there is none, or it is not the caller's to see. */
export async function jobOfResource(store: Store, call: Call, arn: string): Promise<JobRecord | undefined> {
  const [, region, account, kind, name = ''] = RESOURCE.exec(arn) ?? []
  const scope = scopeOf(call)
  if (region !== scope.region || account !== scope.account) return undefined
  const isComponent = kind === 'experiment-trial-component'
  if (isComponent && !name.endsWith(COMPONENT_SUFFIX)) return undefined
  const job = await store.jobByName(scope, isComponent ? name.slice(0, -COMPONENT_SUFFIX.length) : name)
  return mayReach(call, job) ? job : undefined
}

/** A job's session reaches its own job; others are as if they were not there. */
function mayReach({ principal: { scope } }: Call, job: JobRecord | undefined): boolean {
  return scope.kind === 'everything' || scope.jobId === job?.id
}
