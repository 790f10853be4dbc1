import { inspect } from 'node:util'
import { ServiceError } from '../client/client-errors.ts'
import { CommandError, UsageError } from './cli-errors.ts'
import { EXIT_CODES } from './exit-codes.ts'

/** What the person at the terminal reads. An error with a code is foreseen and says itself what to do; of any other the place is shown. */
export function describeError(error: unknown): { readonly text: string; readonly exitCode: number } {
  const { code: failure } = EXIT_CODES.error
  if (error instanceof UsageError || error instanceof CommandError)
    return { text: error.message, exitCode: error.exitCode }
  if (error instanceof ServiceError) return { text: `${error.code}: ${error.message}`, exitCode: failure }
  if (error instanceof Error && 'code' in error) return { text: error.message, exitCode: failure }
  return { text: `this should not have happened; please report it.\n${inspect(error)}`, exitCode: failure }
}
