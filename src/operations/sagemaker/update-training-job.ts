import type { JobEvent, UpdatedPart } from '../../lifecycle/advance.ts'
import { requestedResourceNotFound, validationException } from '../../protocol/errors.ts'
import { UpdateTrainingJobRequest } from '../../protocol/shapes/training-job.ts'
import { recordEvent } from '../../store/record-event.ts'
import type { JobRecord } from '../../store/store.ts'
import { operation, type Operation } from '../operation.ts'
import type { SageMakerContext } from './context.ts'
import { jobOfCall } from './describe-training-job.ts'
import { notHonouredMembers } from './members.ts'
import { wrongStatus } from './rules.ts'

/**
 * UpdateTrainingJob (behaviour 6.5): extends or releases a warm pool. What else it changes has no effect here: as with Create it is shown by Describe, and said
 * so in the job's journal.
 */
export function updateTrainingJob(context: SageMakerContext): Operation {
  return operation({
    access: 'write',
    input: UpdateTrainingJobRequest,
    async handle(request, call) {
      const parts = partsOf(request)
      if (parts.length === 0 && !request.ResourceConfig)
        throw validationException('Invalid UpdateTrainingJobRequest, the request cannot be empty')
      const job = await jobOfCall(context.store, request.TrainingJobName, call)
      const event = eventOf(request, parts)
      const recorded = await recordEvent(context.store, context.clock, {
        jobId: job.id,
        event,
        details: {
          accessKeyId: call.principal.accessKeyId,
          requestId: call.requestId,
          notHonoured: notHonouredMembers(request),
        },
        update: (document) => updated(document, request),
      })
      if (recorded.kind === 'unknown-job') throw requestedResourceNotFound()
      if (recorded.kind === 'refused') throw validationException(refusal(recorded.job, event))
      // What the job kept goes at another moment now.
      if (event.kind === 'pool-updated') context.supervisors.wake(job.id)
      return { TrainingJobArn: job.arn }
    },
  })
}

function partsOf(request: UpdateTrainingJobRequest): UpdatedPart[] {
  return [
    ...((request.ProfilerConfig ?? request.ProfilerRuleConfigurations) ? ['profiler' as const] : []),
    ...(request.RemoteDebugConfig ? ['remote-debug' as const] : []),
  ]
}

/** A warm pool may be changed only after its job, the rest only before: where both are given, one of them is refused, and nothing is done. */
function eventOf({ ResourceConfig: resources }: UpdateTrainingJobRequest, parts: readonly UpdatedPart[]): UpdateEvent {
  if (!resources || parts.length > 0) return { kind: 'updated', parts }
  return { kind: 'pool-updated', keepAliveSeconds: resources.KeepAlivePeriodInSeconds }
}

type UpdateEvent = Extract<JobEvent, { readonly kind: 'updated' | 'pool-updated' }>

/** Only an Available pool of a Completed job may be changed (behaviour 6.5; the texts are unknown on AWS). */
function refusal(job: JobRecord, { kind }: UpdateEvent): string {
  if (kind === 'updated' || job.state.status !== 'Completed') return wrongStatus(job)
  return 'The request was rejected because the training job has no warm pool that is Available.'
}

/** Members of the profiler that are not given keep their values; the lists and the switch are replaced. */
function updated(document: string, request: UpdateTrainingJobRequest): string {
  const { ProfilerConfig, ProfilerRuleConfigurations, RemoteDebugConfig, ResourceConfig } = request
  // What `keptTexts` made.
  const described = JSON.parse(document) as { readonly ProfilerConfig?: object; readonly ResourceConfig?: object }
  return JSON.stringify({
    ...described,
    ...(ProfilerConfig ? { ProfilerConfig: { ...described.ProfilerConfig, ...ProfilerConfig } } : {}),
    ...(ProfilerRuleConfigurations ? { ProfilerRuleConfigurations } : {}),
    ...(RemoteDebugConfig ? { RemoteDebugConfig } : {}),
    ...(ResourceConfig ? { ResourceConfig: { ...described.ResourceConfig, ...ResourceConfig } } : {}),
  })
}
