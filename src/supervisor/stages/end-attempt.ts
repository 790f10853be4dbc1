import { INTERNAL_SERVER_ERROR } from '../../lifecycle/failure-reason.ts'
import { InstanceError } from '../../runtime/runtime.ts'
import type { JobState } from '../../lifecycle/job.ts'
import type { Recorded } from '../../store/record-event.ts'
import type { Stage, SupervisorContext } from '../context.ts'
import type { JobRequest } from '../job-request.ts'

/** A step that failed on one host: `cause` is its error. */
export class HostError extends InstanceError {
  readonly host: string

  constructor(host: string, cause: InstanceError) {
    super(cause.fault, cause.message, { cause })
    this.host = host
  }
}

/** Names the host in whatever error of an instance's step comes out of the work. @throws HostError */
export async function onHost<Result>(host: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof InstanceError)) throw error
    throw new HostError(host, error)
  }
}

/**
 * Ends the attempt after a step failed. The job's own fault is final and its reason is told. A platform fault begins another attempt as long as RetryStrategy allows
 * (behaviour 1.4.10); its cause goes into the log and the journal but not into the record, where AWS says no more either.
 *
 * @throws the error itself where it is none of an instance's step
 */
export async function endAttempt(
  context: SupervisorContext,
  stage: Stage,
  error: unknown,
  reasonOf: (message: string) => string,
): Promise<void> {
  if (!(error instanceof InstanceError)) throw error
  const host = error instanceof HostError ? { host: error.host } : {}
  const details = { fault: error.fault, cause: error.message, ...host }
  if (error.fault === 'client') {
    await stage.record({ kind: 'failed', reason: reasonOf(error.message) }, details)
    return
  }
  const { id: jobId, name: jobName } = stage.job
  context.log.error({ jobId, jobName, ...host, err: error }, 'platform fault')
  await recordPlatformFault(stage, details)
}

/** What is being stopped is not tried again, and neither is an attempt that cannot even be given up. @throws StoreError */
export async function recordPlatformFault(
  { job, request, record }: Pick<Stage, 'job' | 'request' | 'record'>,
  details: Readonly<Record<string, unknown>>,
): Promise<Recorded> {
  if (retriesLeft(job.state, request) > 0) {
    const recorded = await record({ kind: 'restarting' }, details)
    if (recorded.kind === 'recorded') return recorded
  }
  return record({ kind: 'failed', reason: INTERNAL_SERVER_ERROR }, details)
}

function retriesLeft({ transitions }: JobState, { RetryStrategy: strategy }: JobRequest): number {
  const made = transitions.filter(({ status }) => status === 'Restarting').length
  return (strategy?.MaximumRetryAttempts ?? 0) - made
}
