import { requestedResourceNotFound } from '../../protocol/errors.ts'
import { DescribeTrainingJobRequest } from '../../protocol/shapes/training-job.ts'
import type { JobRecord, Store } from '../../store/store.ts'
import { operation, RawJson, type Call, type Operation } from '../operation.ts'
import type { SageMakerContext } from './context.ts'
import { describedJob } from './described.ts'

/** DescribeTrainingJob (behaviour 2). */
export function describeTrainingJob(context: SageMakerContext): Operation {
  return operation({
    access: 'read',
    input: DescribeTrainingJobRequest,
    async handle({ TrainingJobName }, call) {
      const job = await jobOfCall(context.store, TrainingJobName, call)
      return new RawJson(describedJob(job, context.clock.now()))
    },
  })
}

/** The job of this name in the caller's account and region. @throws AwsError (behaviour 6.3) */
export async function jobOfCall(store: Store, name: string, call: Call): Promise<JobRecord> {
  const job = await store.jobByName({ account: call.principal.account, region: call.region }, name)
  if (!job) throw requestedResourceNotFound()
  return job
}
