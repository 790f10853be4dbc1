import type { Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { dataFolderOf } from '../server/chosen-folder.ts'
import { findServer } from '../server/connection.ts'
import { withData, withJson } from './common-options.ts'

interface DoctorOptions {
  readonly data?: string
  readonly json?: boolean
}

export function addDoctor(program: Command, context: CliContext): void {
  withJson(withData(program.command('doctor')), 'the findings')
    .description('say what this machine has for running jobs, what is missing, and how to get it')
    .action((options: DoctorOptions) => doctor(context, options))
}

/** Ends with 0 where a server can run jobs here. */
async function doctor(context: CliContext, options: DoctorOptions): Promise<void> {
  const dataFolder = dataFolderOf(context, options.data)
  const { examine } = await import('../doctor/examine.ts')
  const { canRunJobs, reportLines } = await import('../doctor/report.ts')
  const findings = await examine(context, dataFolder)
  const able = canRunJobs(findings)
  const { out } = context
  if (options.json) out.lines(JSON.stringify({ canRunJobs: able, findings }, undefined, 2))
  else out.lines(...reportLines(findings, { dataFolder, url: await urlOf(dataFolder) }, out))
  if (!able) context.exitWith(EXIT_CODES.error.code)
}

/** One that answers too late, or whose keys may not be read, is none to this user. */
async function urlOf(dataFolder: string): Promise<string | undefined> {
  await using server = await findServer(dataFolder).catch(() => undefined)
  return server?.url
}
