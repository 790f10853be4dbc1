import { requestedResourceNotFound, validationException } from '../../protocol/errors.ts'
import { StopTrainingJobRequest } from '../../protocol/shapes/training-job.ts'
import { recordEvent } from '../../store/record-event.ts'
import { operation, type Operation } from '../operation.ts'
import type { SageMakerContext } from './context.ts'
import { jobOfCall } from './describe-training-job.ts'
import { wrongStatus } from './rules.ts'

/** StopTrainingJob (behaviour 6.4): writes the intent; the job's supervisor acts on it. Stopping what is being stopped has no effect. */
export function stopTrainingJob(context: SageMakerContext): Operation {
  return operation({
    access: 'write',
    input: StopTrainingJobRequest,
    async handle({ TrainingJobName }, call) {
      const { id } = await jobOfCall(context.store, TrainingJobName, call)
      const recorded = await recordEvent(context.store, context.clock, {
        jobId: id,
        event: { kind: 'stop-requested', cause: 'user' },
        details: { accessKeyId: call.principal.accessKeyId, requestId: call.requestId },
      })
      if (recorded.kind === 'unknown-job') throw requestedResourceNotFound()
      if (recorded.kind === 'refused') throw validationException(wrongStatus(recorded.job))
      context.supervisors.wake(id)
      return undefined
    },
  })
}
