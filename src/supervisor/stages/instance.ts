import { networkInterfaces } from 'node:os'
import { INTERNAL_SERVER_ERROR } from '../../lifecycle/failure-reason.ts'
import { InstanceError, type Instance, type InstanceId } from '../../runtime/runtime.ts'
import { recordEvent } from '../../store/record-event.ts'
import type { JobRecord } from '../../store/store.ts'
import type { Stage, SupervisorContext } from '../context.ts'
import { instanceSpec } from '../instance-spec.ts'

/** The id is a function of the record, so it is stored before the launch and the same after a crash. */
export function instanceId(job: JobRecord): InstanceId {
  return { jobId: job.id, attempt: job.state.attempt, host: 'algo-1' }
}

/** Brings up the job's instance, or finds the one that an earlier call brought up. @throws InstanceError */
export async function launchInstance(context: SupervisorContext, stage: Stage): Promise<Instance> {
  const { job, request } = stage
  const image = request.AlgorithmSpecification?.TrainingImage ?? ''
  const environment = context.environments.resolve(image)
  // Create checked it; the configuration has changed since.
  if (!environment) throw new InstanceError('client', `Cannot find the requested image: ${image}`)
  const id = instanceId(job)
  const { url, certificateFile } = context.endpoint()
  const spec = instanceSpec(job, request, {
    id,
    environment,
    session: context.session(job.id, job.state.attempt),
    endpoint: url,
    ...(certificateFile === undefined ? {} : { certificateFile }),
    networkInterface: networkInterface(),
    logFile: await context.streams.open(job, id),
    logMaxBytes: context.config.logs['max-bytes'],
  })
  return context.runtime.launch(spec, { signal: stage.signal })
}

/** The first card that is not the loopback, as frameworks are told in `network_interface_name`. */
function networkInterface(): string {
  const cards = Object.entries(networkInterfaces())
  return cards.find(([, addresses]) => addresses?.some(({ internal }) => !internal))?.[0] ?? 'lo'
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
  if (error.fault === 'platform') context.log.error({ jobId: job.id, jobName: job.name, err: error }, 'platform fault')
  const reason = error.fault === 'client' ? reasonOf(error.message) : INTERNAL_SERVER_ERROR
  await recordEvent(context.store, context.clock, {
    jobId: job.id,
    event: { kind: 'failed', reason },
    details: { fault: error.fault, cause: error.message },
  })
}
