import { AwsError } from '../../protocol/errors.ts'
import type { QueryErrors } from '../operation.ts'

/** What the codes are called in JSON and CBOR (wire 4). */
export const QUERY_ERRORS: QueryErrors = {
  InvalidParameterValue: 'InvalidParameterValueException',
  InvalidParameterCombination: 'InvalidParameterCombinationException',
  MissingParameter: 'MissingRequiredParameterException',
  InternalServiceError: 'InternalServiceFault',
  InternalFailure: 'InternalServiceFault',
}

export function invalidValue(message: string): AwsError {
  return new AwsError('InvalidParameterValue', message)
}

export function invalidCombination(message: string): AwsError {
  return new AwsError('InvalidParameterCombination', message)
}

export function missingParameter(message: string): AwsError {
  return new AwsError('MissingParameter', message)
}

/** What breaks a rule for which the service has no code of its own. */
export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message)
}

export function invalidNextToken(): AwsError {
  return new AwsError('InvalidNextToken', 'The specified NextToken is invalid.')
}
