import { principalArn, type Principal } from '../identity/principal.ts'
import type { AwsError } from '../protocol/errors.ts'
import { authError, type AuthFamily } from '../protocol/signature-errors.ts'

/** AWS's form of text (behaviour 6.3); which resource it would have been is not known where the rule is applied. @param action `sagemaker:CreateTrainingJob` */
export function notAuthorized(principal: Principal, action: string, family: AuthFamily = 'json'): AwsError {
  const text = `User: ${principalArn(principal)} is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`
  return authError(family, 'not-allowed', text)
}
