import type { Command } from 'commander'
import { resolve } from 'node:path'
import { systemDurableFiles } from '../../durable/durable-files.ts'
import type { CliContext } from '../cli-context.ts'
import { dataFolderOf } from '../server/chosen-folder.ts'
import { typed } from '../server/typed-command.ts'
import { identityOf, settledServer } from '../server/connection.ts'
import { holdObjects } from '../server/hold-objects.ts'
import { formatBytes, formatTime } from '../terminal/format.ts'
import { homePath } from '../terminal/home-path.ts'
import { TransferLine } from '../terminal/transfer-line.ts'
import { withData, withJson } from './common-options.ts'

interface BackupOptions {
  readonly data?: string
  readonly json?: boolean
}

export function addBackup(program: Command, context: CliContext): void {
  withJson(withData(program.command('backup')), 'what was copied')
    .description(
      'copy a data folder, while its server runs or without one; again into the same folder copies what is new',
    )
    .argument('<dir>', 'a new or empty folder, or an earlier backup; best on another disk')
    .action((dir: string, options: BackupOptions) => backup(context, resolve(dir), options))
}

async function backup(context: CliContext, target: string, options: BackupOptions): Promise<void> {
  const dataFolder = dataFolderOf(context, options.data)
  await identityOf(dataFolder)
  const { backUp } = await import('../../backup/back-up.ts')
  await using stack = new AsyncDisposableStack()
  const server = await settledServer(context, dataFolder)
  if (server) {
    stack.use(server)
    stack.use(await holdObjects(server.client))
  }
  const { out, clock } = context
  const result = await showingCopied(context, (onCopied) =>
    backUp({ dataFolder, target, durable: systemDurableFiles, now: clock.now(), onCopied }),
  )
  if (options.json) return out.lines(JSON.stringify({ folder: target, ...result }, undefined, 2))
  const { copied, objects } = result
  out.lines(
    `${homePath(dataFolder)} is backed up in ${homePath(target)}.`,
    `Copied ${count(copied.files, 'file')}, ${formatBytes(copied.bytes)}; the objects in it are ${formatBytes(objects.bytes)}.`,
    `Restore it with: ${typed(`restore ${homePath(target)} --data NEW_FOLDER`)}`,
  )
}

export function addRestore(program: Command, context: CliContext): void {
  withJson(withData(program.command('restore')), 'what was copied')
    .description('make a new data folder from a backup')
    .argument('<dir>', 'the folder of the backup')
    .action((dir: string, options: BackupOptions) => restoreFolder(context, resolve(dir), options))
}

async function restoreFolder(context: CliContext, source: string, options: BackupOptions): Promise<void> {
  const dataFolder = dataFolderOf(context, options.data)
  const { restore } = await import('../../backup/restore.ts')
  const { out } = context
  const restored = await showingCopied(context, (onCopied) =>
    restore({ source, dataFolder, durable: systemDurableFiles, onCopied }),
  )
  if (options.json) return out.lines(JSON.stringify({ folder: dataFolder, ...restored }, undefined, 2))
  out.lines(
    `${homePath(dataFolder)} is restored as it was on ${formatTime(Date.parse(restored.time))}:`,
    `${count(restored.files, 'file')}, ${formatBytes(restored.bytes)}.`,
    `Start it with: ${typed('serve', dataFolder)}`,
  )
}

/** The line that counts is gone before anything else is printed: it would take that away with it. */
async function showingCopied<T>(
  { err }: CliContext,
  copy: (onCopied: (bytes: number) => void) => Promise<T>,
): Promise<T> {
  using line = new TransferLine(err, 'copying')
  return await copy((bytes) => (err.isTerminal ? line.add(bytes) : undefined))
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
