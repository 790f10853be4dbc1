import { requestedResourceNotFound } from '../../protocol/errors.ts'
import type { JobRecord, Store } from '../../store/store.ts'
import type { Call } from '../operation.ts'
import { jobOfCall } from './describe-training-job.ts'

/** A name is in lower case in an ARN; one that is given in upper case means the same (behaviour 6.9). */
const JOB_ARN = /^arn:aws[a-z-]*:sagemaker:([a-z0-9-]*):(\d{12}):training-job\/(.+)$/

/**
 * The job that an ARN names. Other resources are not kept here, and jobs of other accounts and regions are not the caller's: both are unknown.
 * @throws AwsError `Requested resource not found.`, as of an unknown name (behaviour 6.3); what AWS says of an unknown ARN is unknown
 */
export async function jobOfArn(store: Store, arn: string, call: Call): Promise<JobRecord> {
  const [, region, account, name] = JOB_ARN.exec(arn) ?? []
  if (name === undefined || region !== call.region || account !== call.principal.account)
    throw requestedResourceNotFound()
  return jobOfCall(store, name, call)
}
