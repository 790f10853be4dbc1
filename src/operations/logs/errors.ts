import { AwsError } from '../../protocol/errors.ts'

/** How the Logs API names what other services call ValidationException (wire 2). */
export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message)
}

export function invalidNextToken(): AwsError {
  return invalidParameter('The specified nextToken is invalid.')
}

export function groupNotFound(): AwsError {
  return new AwsError('ResourceNotFoundException', 'The specified log group does not exist.')
}

export function streamNotFound(): AwsError {
  return new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.')
}
