import type { Principal } from '../identity/principal.ts'
import { notAuthorized } from '../operations/not-authorized.ts'
import { authError, type AuthFamily } from '../protocol/signature-errors.ts'

/** What somebody wants to do. */
export interface Action {
  readonly family: AuthFamily
  /** The service's name in the credential scope. */
  readonly service: string
  /** `CreateTrainingJob`, or the HTTP method for S3 and our own routes. */
  readonly operation: string
}

const READING =
  /^(?:Describe|List|Get|Head|Search|Filter|Lookup|BatchGet|BatchDescribe|Simulate|Query)(?:[A-Z]|$)|^(?:GET|HEAD)$/

/** What a job may do besides reaching its buckets: report of itself. */
const OF_JOBS: ReadonlySet<string> = new Set(['sagemaker:BatchPutMetrics', 'sagemaker:BatchGetMetrics'])

/**
 * A job's session reaches S3 and its own metrics, nothing else (which buckets, and which job, the operations decide); a read-only key changes nothing.
 * @throws AwsError `AccessDenied…` in the family's form
 */
export function authorise(principal: Principal, action: Action): void {
  switch (principal.kind) {
    case 'owner':
      return
    case 'job':
      if (action.service !== 's3' && !OF_JOBS.has(`${action.service}:${action.operation}`))
        throw denied(principal, action)
      return
    case 'read-only':
      if (!READING.test(action.operation)) throw denied(principal, action)
      return
    default:
      principal.kind satisfies never
  }
}

function denied(principal: Principal, { family, service, operation }: Action): Error {
  // S3 says no more than this, and a method is no name of an action.
  if (family === 's3') return authError(family, 'not-allowed')
  return notAuthorized(principal, `${service}:${operation}`, family)
}
