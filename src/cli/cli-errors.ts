import { EXIT_CODES } from './exit-codes.ts'

/** The command line asks for something that cannot be meant; the message says what would do. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'Usage'
  readonly exitCode = EXIT_CODES.usage.code
}

/** A command that cannot be carried out; the message says why and what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly code:
    | 'NoServer'
    | 'NoAnswer'
    | 'NoIdentity'
    | 'NoPython'
    | 'NothingToFetch'
    | 'NameTaken'
    | 'BadArchive'
    | 'NotPermitted'
    | 'InTheWay'
    | 'Interrupted'
  readonly exitCode: number

  constructor(code: CommandError['code'], message: string, options: ErrorOptions = {}) {
    super(message, options)
    this.code = code
    this.exitCode = code === 'Interrupted' ? EXIT_CODES.interrupted.code : EXIT_CODES.error.code
  }
}
