import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import { ConnectionError } from '../../client/client-errors.ts'
import { SignedClient } from '../../client/signed-client.ts'
import { readServerFile, type ServerFile } from '../../data-folder/server-file.ts'
import { IdentityError, readIdentity, type Identity } from '../../identity/identity.ts'
import { errorCode } from '../../util/error-code.ts'
import type { CliContext } from '../cli-context.ts'
import { CommandError } from '../cli-errors.ts'
import { onceSettled } from './once-settled.ts'
import { typed } from './typed-command.ts'

/** A server that answers, and the keys to it. */
export interface Connection extends AsyncDisposable {
  readonly dataFolder: string
  readonly url: string
  readonly identity: Identity
  readonly client: SignedClient
  /** Whether it was started by this command, for its own lifetime. */
  readonly isOwn: boolean
}

/** Milliseconds; a server on this machine answers at once, or is not well. */
const HEALTH_TIMEOUT = 3000

/** @throws CommandError where no server runs on the folder, or this user may not know; DataFolderError where another command has it for long */
export async function connect(context: Pick<CliContext, 'clock'>, dataFolder: string): Promise<Connection> {
  const connection = await settledServer(context, dataFolder)
  if (connection) return connection
  if (await isClosed(dataFolder))
    throw new CommandError(
      'NotPermitted',
      `${dataFolder} is closed to this user.\nAsk as the user who started its server, or choose another folder with --data.`,
    )
  throw new CommandError(
    'NoServer',
    `No server is running on ${dataFolder}.\nStart one with: ${typed('serve', dataFolder)}`,
  )
}

/**
 * The server of the folder; one that is just starting is waited for.
 * @returns undefined where none runs @throws CommandError, DataFolderError
 */
export function settledServer(context: Pick<CliContext, 'clock'>, dataFolder: string): Promise<Connection | undefined> {
  return onceSettled(context, dataFolder, async () => {
    const server = await findServer(dataFolder)
    if (server) return server
    // Loaded only here: a command that finds a server needs none of it.
    const { refuseTaken } = await import('../../data-folder/data-folder.ts')
    return refuseTaken(dataFolder)
  })
}

/** @returns undefined where no server answers at the address that the folder names. @throws CommandError */
export async function findServer(dataFolder: string): Promise<Connection | undefined> {
  const server = await readServerFile(dataFolder)
  if (!server || !(await answers(server.url).catch((error: unknown) => refuseSilent(server, error)))) return undefined
  return openConnection(dataFolder, server.url)
}

/** @throws CommandError for a server that took the question and did not answer in time; any other error as it is */
function refuseSilent({ url, pid }: ServerFile, error: unknown): never {
  const reason = error instanceof ConnectionError ? errorCode(error.cause) : undefined
  if (!reason?.endsWith('_TIMEOUT')) throw error
  throw new CommandError(
    'NoAnswer',
    `The server at ${url} does not answer.\nIf its process, ${pid}, was stopped (Ctrl-Z), let it go on: kill -CONT ${pid}. Otherwise its log may say why.`,
    { cause: error },
  )
}

/** The client of a server that is known to listen. @throws CommandError where the folder's keys cannot be read */
export async function openConnection(dataFolder: string, url: string): Promise<Connection> {
  const identity = await identityOf(dataFolder)
  const { region, accessKeyId, secretAccessKey } = identity
  const client = new SignedClient({ endpoint: url, region, credentials: { accessKeyId, secretAccessKey } })
  return { dataFolder, url, identity, client, isOwn: false, [Symbol.asyncDispose]: () => client.close() }
}

/** @throws CommandError where there is none, or it may not be read */
export async function identityOf(dataFolder: string): Promise<Identity> {
  const path = join(dataFolder, 'identity.json')
  try {
    const identity = await readIdentity(path)
    if (identity) return identity
  } catch (cause) {
    if (!(cause instanceof IdentityError)) throw cause
    // What is not an identity says itself what to do.
    const hint = cause.cause === undefined ? '' : ' Only the user who started the server may read it.'
    throw new CommandError('NoIdentity', `${cause.message}.${hint}`, { cause })
  }
  throw new CommandError(
    'NoIdentity',
    `${dataFolder} is not the data folder of a server: it has no identity.json.\nA server makes one at its first start: ${typed('serve', dataFolder)}`,
  )
}

/** Whether what is in a folder may not be known. */
async function isClosed(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.X_OK)
    return false
  } catch (error) {
    return errorCode(error) === 'EACCES'
  }
}

/** A server that is not well, as in its first moments before its agent is there, is a server all the same. */
export async function answers(url: string): Promise<boolean> {
  const { request } = await import('../../client/http-agent.ts')
  try {
    const options = { headersTimeout: HEALTH_TIMEOUT, bodyTimeout: HEALTH_TIMEOUT }
    const { statusCode, body } = await request(`${url}/-/health`, options)
    await body.dump()
    return statusCode === 200 || statusCode === 503
  } catch (error) {
    if (isRefused(error)) return false
    throw new ConnectionError(url, error)
  }
}

function isRefused(error: unknown): boolean {
  return errorCode(error) === 'ECONNREFUSED'
}
