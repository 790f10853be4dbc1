import type { Service } from '../operation.ts'
import type { SageMakerContext } from './context.ts'
import { addTags } from './add-tags.ts'
import { createTrainingJob } from './create-training-job.ts'
import { deleteTags } from './delete-tags.ts'
import { deleteTrainingJob } from './delete-training-job.ts'
import { describeTrainingJob } from './describe-training-job.ts'
import { listTags } from './list-tags.ts'
import { listTrainingJobs } from './list-training-jobs.ts'
import { search } from './search.ts'
import { stopTrainingJob } from './stop-training-job.ts'
import { updateTrainingJob } from './update-training-job.ts'

/** The SageMaker training API, as far as it is built. */
export function sagemakerService(context: SageMakerContext): Service {
  return {
    name: 'sagemaker',
    protocol: 'json',
    targetPrefix: 'SageMaker',
    jsonVersion: '1.1',
    errorMember: 'message',
    operations: {
      AddTags: addTags(context),
      CreateTrainingJob: createTrainingJob(context),
      DeleteTags: deleteTags(context),
      DeleteTrainingJob: deleteTrainingJob(context),
      DescribeTrainingJob: describeTrainingJob(context),
      ListTags: listTags(context),
      ListTrainingJobs: listTrainingJobs(context),
      Search: search(context),
      StopTrainingJob: stopTrainingJob(context),
      UpdateTrainingJob: updateTrainingJob(context),
    },
  }
}
