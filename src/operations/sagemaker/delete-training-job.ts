import { AwsError, requestedResourceNotFound } from '../../protocol/errors.ts'
import { DeleteTrainingJobRequest } from '../../protocol/shapes/training-job.ts'
import { recordEvent } from '../../store/record-event.ts'
import type { JobRecord } from '../../store/store.ts'
import { operation, type Operation } from '../operation.ts'
import type { SageMakerContext } from './context.ts'
import { jobOfCall } from './describe-training-job.ts'
import { wrongStatus } from './rules.ts'

function refusal(job: JobRecord): string {
  if (job.state.warmPool?.status !== 'Available') return wrongStatus(job)
  return 'The request was rejected because the warm pool of the training job is Available.'
}

/**
 * DeleteTrainingJob (behaviour 6.6): writes the intent, which shows as Deleting; the job's supervisor acts on it, and the name is free then. Deleting
 * what is being deleted has no effect.
 */
export function deleteTrainingJob(context: SageMakerContext): Operation {
  return operation({
    access: 'write',
    input: DeleteTrainingJobRequest,
    async handle({ TrainingJobName }, call) {
      const { id } = await jobOfCall(context.store, TrainingJobName, call)
      const recorded = await recordEvent(context.store, context.clock, {
        jobId: id,
        event: { kind: 'delete-requested' },
        details: { accessKeyId: call.principal.accessKeyId, requestId: call.requestId },
      })
      if (recorded.kind === 'unknown-job') throw requestedResourceNotFound()
      // The code is the one behaviour 6.6 recommends; AWS's text is unknown.
      if (recorded.kind === 'refused') throw new AwsError('ResourceInUse', refusal(recorded.job))
      context.supervisors.wake(id)
      return undefined
    },
  })
}
