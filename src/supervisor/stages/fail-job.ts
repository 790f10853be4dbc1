import { INTERNAL_SERVER_ERROR } from '../../lifecycle/failure-reason.ts'
import { InstanceError } from '../../runtime/runtime.ts'
import { recordEvent } from '../../store/record-event.ts'
import type { JobRecord } from '../../store/store.ts'
import type { SupervisorContext } from '../context.ts'

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
 * Ends the job after a step failed: with its own fault's reason, or as a platform fault whose cause goes into the log and the journal but not into the
 * record, where AWS says no more either.
 *
 * @throws the error itself where it is none of an instance's step
 */
export async function failJob(
  context: SupervisorContext,
  job: JobRecord,
  error: unknown,
  reasonOf: (message: string) => string,
): Promise<void> {
  if (!(error instanceof InstanceError)) throw error
  const host = error instanceof HostError ? { host: error.host } : {}
  if (error.fault === 'platform')
    context.log.error({ jobId: job.id, jobName: job.name, ...host, err: error }, 'platform fault')
  const reason = error.fault === 'client' ? reasonOf(error.message) : INTERNAL_SERVER_ERROR
  await recordEvent(context.store, context.clock, {
    jobId: job.id,
    event: { kind: 'failed', reason },
    details: { fault: error.fault, cause: error.message, ...host },
  })
}
