import { InvalidArgumentError, Option, type Command } from 'commander'
import { KEY_KINDS, type AccessKey } from '../../identity/access-keys.ts'
import type { CliContext } from '../cli-context.ts'
import { awsFiles, writeAwsProfile } from '../env/aws-profile.ts'
import { exportLines } from '../env/export-lines.ts'
import { dataFolderOf } from '../server/chosen-folder.ts'
import { type Connection } from '../server/connection.ts'
import { connectOrStart } from '../server/own-server.ts'
import { typed } from '../server/typed-command.ts'
import { formatTime } from '../terminal/format.ts'
import { homePath } from '../terminal/home-path.ts'
import { table } from '../terminal/table.ts'
import { parseProfile, withData, withJson } from './common-options.ts'

interface KeysOptions {
  readonly data?: string
  readonly json?: boolean
}

interface CreateOptions extends KeysOptions {
  readonly kind: AccessKey['kind']
  readonly account?: string
  readonly profile?: string
}

/** As the server lists it; the key that the folder was made with has no date. */
type ListedKey = Omit<AccessKey, 'secretAccessKey'>

interface CreatedKey extends AccessKey {
  readonly defaultBucket: string
}

export function addKeys(program: Command, context: CliContext): void {
  const keys = program
    .command('keys')
    .description('make, list, rotate and revoke access keys; works without a running server too')
  withJson(withData(keys.command('create')), 'the key')
    .description('make a key; its secret is shown this once')
    .addOption(
      new Option('--kind <kind>', 'what it may do: everything, or only look').choices(KEY_KINDS).makeOptionMandatory(),
    )
    .option(
      '--account <digits>',
      'the account that it belongs to, of twelve digits (default: that of the folder)',
      parseAccount,
    )
    .option('--profile <name>', 'write it into ~/.aws as a profile instead of showing it', parseProfile)
    .action((options: CreateOptions) => create(context, options))
  withJson(withData(keys.command('list')), 'the keys')
    .description('list all keys, without their secrets')
    .action((options: KeysOptions) => list(context, options))
  withJson(withData(keys.command('rotate')), 'the new key')
    .description(
      'put another key in the place of the one that this program signs with, which stays until it is revoked',
    )
    .action((options: KeysOptions) => rotate(context, options))
  withJson(withData(keys.command('revoke')), 'the key')
    .description('take a key back: from then on nothing that it signs is accepted')
    .argument('<id>', 'the id of the key: AKIA…')
    .action((id: string, options: KeysOptions) => revoke(context, id, options))
}

async function create(context: CliContext, { kind, account, profile, ...options }: CreateOptions): Promise<void> {
  await using connection = await connectToKeys(context, options)
  const input = { kind, ...(account === undefined ? {} : { account }) }
  const key = (await connection.client.own('/-/keys', { method: 'POST', input })) as CreatedKey
  const { out } = context
  if (profile !== undefined) {
    const { secretAccessKey: _, ...shown } = key
    const files = awsFiles(context.environment)
    await writeAwsProfile(files, profile, { url: connection.url, region: connection.identity.region, ...key })
    if (options.json) return out.lines(JSON.stringify({ ...shown, profile }, undefined, 2))
    return out.lines(
      `# ${keyTitle(key)},`,
      `# is profile ${profile} in ${homePath(files.credentials)}.`,
      ...exportLines({ AWS_PROFILE: profile }),
    )
  }
  if (options.json) return out.lines(JSON.stringify(key, undefined, 2))
  const variables = { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey }
  out.lines(`# ${keyTitle(key)}.`, '# Its secret is shown this once.', ...exportLines(variables))
}

async function list(context: CliContext, options: KeysOptions): Promise<void> {
  await using connection = await connectToKeys(context, options)
  const { keys } = (await connection.client.own('/-/keys')) as { readonly keys: readonly ListedKey[] }
  const { out } = context
  if (options.json) return out.lines(JSON.stringify(keys, undefined, 2))
  const columns = [{ title: 'KEY' }, { title: 'KIND' }, { title: 'ACCOUNT' }, { title: 'CREATED' }] as const
  const rows = keys.map(({ accessKeyId, kind, account, createdAt }) => [
    accessKeyId,
    kind === 'read-only' ? out.styles.cyan(kind) : kind,
    account,
    createdAt === undefined ? 'with the data folder' : formatTime(Date.parse(createdAt)),
  ])
  out.lines(...table(columns, rows, out))
}

interface RotatedKey extends ListedKey {
  readonly replaced: string
  readonly runningJobs: number
}

/** Both are good until the old one is revoked: shells, profiles and programs that have it are to be pointed at the new one first. */
async function rotate(context: CliContext, options: KeysOptions): Promise<void> {
  await using connection = await connectToKeys(context, options)
  const key = (await connection.client.own('/-/keys/rotate', { method: 'POST' })) as RotatedKey
  const { out } = context
  if (options.json) return out.lines(JSON.stringify(key, undefined, 2))
  const { dataFolder } = connection
  out.lines(
    `${key.accessKeyId} is the key that this program signs with now.`,
    `The secret that jobs get their sessions from is another one too${keptSessions(key.runningJobs)}.`,
    `${key.replaced} is good until it is revoked.`,
    `Who has it gets the new one by: ${typed('env', dataFolder)}`,
    `Then revoke the old one: ${typed(`keys revoke ${key.replaced}`, dataFolder)}`,
  )
}

function keptSessions(runningJobs: number): string {
  if (runningJobs === 0) return ''
  return runningJobs === 1
    ? ';\nthe job that runs keeps its session until it ends'
    : `;\nthe ${runningJobs} jobs that run keep their sessions until they end`
}

async function revoke(context: CliContext, id: string, options: KeysOptions): Promise<void> {
  await using connection = await connectToKeys(context, options)
  const key = await connection.client.own(`/-/keys/${encodeURIComponent(id)}`, { method: 'DELETE' })
  if (options.json) context.out.lines(JSON.stringify(key, undefined, 2))
  else context.out.lines(`${id} is revoked: nothing that it signs is accepted any more.`)
}

/** Held: a server that was only started for its keys starts no job. */
function connectToKeys(context: CliContext, options: KeysOptions): Promise<Connection> {
  return connectOrStart(context, dataFolderOf(context, options.data), { command: 'keys', hold: true })
}

function keyTitle({ kind, account, accessKeyId }: AccessKey): string {
  return `${accessKeyId}, ${kind === 'owner' ? 'an owner key' : 'a read-only key'} of account ${account}`
}

/** @throws InvalidArgumentError */
function parseAccount(text: string): string {
  if (/^\d{12}$/.test(text)) return text
  throw new InvalidArgumentError('An account is twelve digits.')
}
