import { InvalidArgumentError, type Command } from 'commander'
import { join } from 'node:path'
import { durationText, parseDuration } from '../../config/duration.ts'
import type { RetentionAges } from '../../retention/prune.ts'
import type { FolderPruned } from '../../retention/prune-folder.ts'
import type { CliContext } from '../cli-context.ts'
import { dataFolderOf } from '../server/chosen-folder.ts'
import { typed } from '../server/typed-command.ts'
import { findServer, identityOf } from '../server/connection.ts'
import { onceSettled } from '../server/once-settled.ts'
import { formatBytes } from '../terminal/format.ts'
import { table } from '../terminal/table.ts'
import { withData, withJson } from './common-options.ts'

interface PruneOptions extends RetentionAges {
  readonly data?: string
  readonly dryRun?: boolean
  readonly json?: boolean
}

interface Wanted {
  readonly dryRun: boolean
  /** The configured ones where undefined. */
  readonly ages?: RetentionAges
}

export function addPrune(program: Command, context: CliContext): void {
  withJson(withData(program.command('prune')), 'what went')
    .description('remove what ended jobs left longer ago than the ages under `retention` in the configuration')
    .option('-n, --dry-run', 'only show what would go')
    .option('--logs <age>', 'log streams of jobs that ended so long ago: 30d', parseAge)
    .option('--journal <age>', 'their entries of the journal', parseAge)
    .option('--jobs <age>', 'all that is left of jobs that were deleted so long ago', parseAge)
    .action((options: PruneOptions) => prune(context, options))
}

async function prune(context: CliContext, options: PruneOptions): Promise<void> {
  const { dryRun = false, json, logs, journal, jobs } = options
  const dataFolder = dataFolderOf(context, options.data)
  await identityOf(dataFolder)
  const isAged = [logs, journal, jobs].some((age) => age !== undefined)
  const wanted = { dryRun, ...(isAged ? { ages: { logs, journal, jobs } } : {}) }
  const attempt = async () =>
    (await pruneByServer(dataFolder, wanted)) ?? (await pruneFolder(context, dataFolder, wanted))
  const answer = await onceSettled(context, dataFolder, attempt)
  const { out } = context
  if (json) out.lines(JSON.stringify(answer, undefined, 2))
  else if (Object.keys(answer.ages).length === 0) out.lines(...howToSet(dataFolder))
  else out.lines(...table(columnsOf(answer), rowsOf(answer), out))
}

/** @returns undefined where no server runs */
async function pruneByServer(dataFolder: string, wanted: Wanted): Promise<FolderPruned | undefined> {
  await using server = await findServer(dataFolder)
  return server && ((await server.client.own('/-/prune', { method: 'POST', input: wanted })) as FolderPruned)
}

/** Loaded only here: a command that finds a server needs none of it. */
async function pruneFolder({ clock }: CliContext, path: string, wanted: Wanted): Promise<FolderPruned> {
  const { pruneFolder: pruneStopped } = await import('../../retention/prune-folder.ts')
  return pruneStopped({ path, clock, ...wanted })
}

function columnsOf({ dryRun }: FolderPruned) {
  const right = { align: 'right' } as const
  return [
    { title: 'WHAT' },
    { title: 'OLDER THAN', ...right },
    { title: dryRun ? 'WOULD GO' : 'REMOVED', ...right },
    { title: 'SIZE', ...right },
  ]
}

function rowsOf({
  ages,
  logStreams,
  logBytes,
  journalEntries,
  deletedJobs,
}: FolderPruned): readonly (readonly string[])[] {
  const age = (milliseconds: number | undefined) => (milliseconds === undefined ? 'kept' : durationText(milliseconds))
  return [
    ['log streams', age(ages.logs), String(logStreams), formatBytes(logBytes)],
    ['journal entries', age(ages.journal), String(journalEntries)],
    ['deleted jobs', age(ages.jobs), String(deletedJobs)],
  ]
}

function howToSet(dataFolder: string): readonly string[] {
  return [
    `Nothing is removed: no age is set. Ages for this once: ${typed('prune --logs 30d --journal 90d --jobs 30d', dataFolder)}`,
    `For good, in ${join(dataFolder, 'trainyard.yaml')}, which a server reads when it starts:`,
    '',
    'retention:',
    '  logs: 30d',
    '  journal: 90d',
    '  jobs: 30d',
  ]
}

/** @throws InvalidArgumentError */
function parseAge(text: string): number {
  const age = parseDuration(text)
  if (age !== undefined) return age
  throw new InvalidArgumentError('It must be an age such as 12h or 30d.')
}
