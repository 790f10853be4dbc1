import { inspect } from 'node:util'
import { ServiceError } from '../client/client-errors.ts'
import { CommandError, UsageError } from './cli-errors.ts'
import { EXIT_CODES } from './exit-codes.ts'
import { typed } from './server/typed-command.ts'

/**
 * What the person at the terminal reads. An error with a code is foreseen and says itself what to do; of any other the place is shown.
 *
 * @param dataFolder what the failed command was about, where it was about one
 */
export function describeError(
  error: unknown,
  dataFolder?: string,
): { readonly text: string; readonly exitCode: number } {
  const { code: failure } = EXIT_CODES.error
  if (error instanceof UsageError || error instanceof CommandError)
    return { text: error.message, exitCode: error.exitCode }
  if (error instanceof ServiceError) return { text: inWordsOfTheApi(error, dataFolder), exitCode: failure }
  if (error instanceof Error && 'code' in error) return { text: error.message, exitCode: failure }
  return { text: `this should not have happened; please report it.\n${inspect(error)}`, exitCode: failure }
}

const WRONG_KEY = /^(?:UnrecognizedClientException|InvalidSignatureException|SignatureDoesNotMatch|InvalidAccessKeyId)$/

/** The API's words for a job (behaviour 6.3) or a key that it does not know name nothing that a person could look for. */
function inWordsOfTheApi({ code, message }: ServiceError, dataFolder?: string): string {
  const text = `${code}: ${message}`
  if (WRONG_KEY.test(code))
    return `${text}\nThe key in identity.json of this data folder is not one of the server that runs on it. If the file was put in another's place, start the server again.`
  const isUnknownJob = code === 'ValidationException' && message === 'Requested resource not found.'
  if (isUnknownJob)
    return `${text}\nThis data folder has no job of that name. See those it has with: ${typed('jobs', dataFolder)}`
  return code === 'NoSuchEntity' ? `${text}\nSee those there are with: ${typed('keys list', dataFolder)}` : text
}
