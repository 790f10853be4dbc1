import type { Principal } from '../identity/principal.ts'
import { notAuthorized } from '../operations/not-authorized.ts'
import type { Access } from '../operations/operation.ts'
import { authError, type AuthFamily } from '../protocol/signature-errors.ts'

/** What somebody wants to do. */
export interface Action {
  readonly family: AuthFamily
  /** The service's name in the credential scope. */
  readonly service: string
  /** `CreateTrainingJob`, or the HTTP method for S3 and our own routes. */
  readonly operation: string
  readonly access: Access
  /** Whether a job may, with its own session. */
  readonly byJobs: boolean
}

/**
 * A job's session reaches S3 and its own metrics, nothing else (which buckets, and which job, the operations decide); a read-only key changes nothing.
 * @throws AwsError `AccessDenied…` in the family's form
 */
export function authorise(principal: Principal, action: Action): void {
  switch (principal.kind) {
    case 'owner':
      return
    case 'job':
      if (!action.byJobs) throw denied(principal, action)
      return
    case 'read-only':
      if (action.access !== 'read') throw denied(principal, action)
      return
    default:
      principal.kind satisfies never
  }
}

/** What a request by this method does: those that HTTP calls safe change nothing, neither in S3 nor on our own routes. */
export function accessByMethod(method: string): Access {
  return method === 'GET' || method === 'HEAD' ? 'read' : 'write'
}

function denied(principal: Principal, { family, service, operation }: Action): Error {
  // S3 says no more than this, and a method is no name of an action.
  if (family === 's3') return authError(family, 'not-allowed')
  return notAuthorized(principal, `${service}:${operation}`, family)
}
