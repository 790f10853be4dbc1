import type { Service } from '../operation.ts'
import type { SageMakerContext } from './context.ts'
import { createTrainingJob } from './create-training-job.ts'
import { describeTrainingJob } from './describe-training-job.ts'
import { listTrainingJobs } from './list-training-jobs.ts'
import { stopTrainingJob } from './stop-training-job.ts'

/** The SageMaker training API, as far as it is built. */
export function sagemakerService(context: SageMakerContext): Service {
  return {
    name: 'sagemaker',
    protocol: 'json',
    targetPrefix: 'SageMaker',
    jsonVersion: '1.1',
    errorMember: 'message',
    operations: {
      CreateTrainingJob: createTrainingJob(context),
      DescribeTrainingJob: describeTrainingJob(context),
      ListTrainingJobs: listTrainingJobs(context),
      StopTrainingJob: stopTrainingJob(context),
    },
  }
}
