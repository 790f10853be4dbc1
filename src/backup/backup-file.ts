import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DurableFiles } from '../durable/durable-files.ts'
import { isMissing } from '../util/error-code.ts'
import { BackupError } from './backup-error.ts'

/** `backup.json`: what a folder of a backup says of itself. */
export interface BackupFile {
  readonly version: 1
  /** False while a backup is being made: what is there then belongs to two different moments. */
  readonly complete: boolean
  /** ISO 8601; of the last backup that was completed or begun. */
  readonly time: string
}

const VERSION = 1

/** @returns undefined where the folder holds no backup @throws BackupError NewerBackup, NotABackup */
export async function readBackupFile(folder: string): Promise<BackupFile | undefined> {
  const path = backupFilePath(folder)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw new BackupError('NotABackup', `${path} cannot be read: ${String(error)}`, { cause: error })
  })
  if (text === undefined) return undefined
  const value = parse(text)
  if (isBackupFile(value)) return value
  if (typeof value === 'object' && value !== null && 'version' in value && Number(value.version) > VERSION)
    throw new BackupError(
      'NewerBackup',
      `The backup in ${folder} was made by a newer version of Trainyard; use that one.`,
    )
  throw new BackupError('NotABackup', `${path} is not what Trainyard wrote.`)
}

export async function writeBackupFile(
  folder: string,
  state: Omit<BackupFile, 'version'>,
  durable: DurableFiles,
): Promise<void> {
  await durable.write(backupFilePath(folder), `${JSON.stringify({ version: VERSION, ...state }, undefined, 2)}\n`)
}

function backupFilePath(folder: string): string {
  return join(folder, 'backup.json')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isBackupFile(value: unknown): value is BackupFile {
  if (typeof value !== 'object' || value === null) return false
  const { version, complete, time } = value as Partial<Record<keyof BackupFile, unknown>>
  return version === VERSION && typeof complete === 'boolean' && typeof time === 'string'
}
