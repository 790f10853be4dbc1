import type { Identity } from '../../identity/identity.ts'
import { notAuthorized } from '../not-authorized.ts'
import type { Call } from '../operation.ts'

/** A key that may read everything could otherwise make itself one that may write. @throws AwsError AccessDeniedException */
export function requireOwner({ principal }: Call, action: string): void {
  if (principal.kind !== 'owner') throw notAuthorized(principal, `trainyard:${action}`)
}

/** What concerns every account is for who owns the one that the data folder was made with. @throws AwsError AccessDeniedException */
export function requireServerOwner(call: Call, identity: Pick<Identity, 'account'>, action: string): void {
  requireOwner(call, action)
  if (call.principal.account !== identity.account) throw notAuthorized(call.principal, `trainyard:${action}`)
}
