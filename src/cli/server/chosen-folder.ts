import { resolve } from 'node:path'
import { defaultDataFolder } from '../../data-folder/default-data-folder.ts'
import type { CliContext } from '../cli-context.ts'
import { shQuote } from '../env/sh-quote.ts'

/** @param chosen with --data. @returns the data folder that a command is about, absolute */
export function dataFolderOf(context: CliContext, chosen: string | undefined): string {
  return resolve(chosen ?? defaultDataFolder(context.environment, context.uid))
}

/** What to add to a command so that it means this folder; nothing where it is the default one. */
export function dataOption(dataFolder: string): string {
  const isDefault = dataFolder === resolve(defaultDataFolder(process.env, process.getuid?.()))
  return isDefault ? '' : ` --data ${shQuote(dataFolder)}`
}
