import type { Command } from 'commander'
import { readLastServer } from '../../data-folder/server-file.ts'
import type { CliContext } from '../cli-context.ts'
import { CommandError } from '../cli-errors.ts'
import { awsFiles, writeAwsProfile } from '../env/aws-profile.ts'
import { clientEnvironment } from '../env/client-environment.ts'
import { exportLines } from '../env/export-lines.ts'
import { dataFolderOf } from '../server/chosen-folder.ts'
import { typed } from '../server/typed-command.ts'
import { identityOf, settledServer } from '../server/connection.ts'
import { parseProfile, withData, withJson } from './common-options.ts'

interface EnvOptions {
  readonly data?: string
  readonly json?: boolean
  readonly profile?: string
}

export function addEnv(program: Command, context: CliContext): void {
  withJson(withData(program.command('env')), 'the variables')
    .description('print the exports that point any AWS client at the server: eval "$(trainyard env)"')
    .option('--profile <name>', 'write an AWS profile into ~/.aws instead, and print how to use it', parseProfile)
    .action((options: EnvOptions) => env(context, options))
}

async function env(context: CliContext, options: EnvOptions): Promise<void> {
  const dataFolder = dataFolderOf(context, options.data)
  const url = await urlOf(context, dataFolder)
  const identity = await identityOf(dataFolder)
  // Loaded only here: it brings YAML with it, which the other commands do not need.
  const { writeSdkConfig } = await import('../env/sdk-config.ts')
  const files = await writeSdkConfig(dataFolder, identity.defaultBucket)
  const variables = clientEnvironment(url, identity, files)
  const { out } = context
  if (options.profile !== undefined) return profile(context, options.profile, { url, dataFolder, variables })
  if (options.json) return out.lines(JSON.stringify(variables, undefined, 2))
  out.lines(...exportLines(variables), `# To set them: eval "$(${typed('env', dataFolder)})"`)
}

/** The address outlives the server, which takes the same one again if it can. @throws CommandError where there never was one */
async function urlOf(context: CliContext, dataFolder: string): Promise<string> {
  await using running = await settledServer(context, dataFolder)
  if (running) return running.url
  const server = await readLastServer(dataFolder)
  const start = typed('serve', dataFolder)
  if (!server) throw new CommandError('NoServer', `No server has ever run on ${dataFolder}.\nStart one with: ${start}`)
  context.err.lines(`trainyard: the server at ${server.url} is not running; start it with: ${start}`)
  return server.url
}

async function profile(
  { environment, out }: CliContext,
  name: string,
  { url, dataFolder, variables }: { url: string; dataFolder: string; variables: Readonly<Record<string, string>> },
): Promise<void> {
  const files = awsFiles(environment)
  await writeAwsProfile(files, name, { url, ...(await identityOf(dataFolder)) })
  // A profile has no place for the files of the SageMaker SDKs.
  const sdk = Object.entries(variables).filter(([key]) => key.startsWith('SAGEMAKER_'))
  out.lines(
    `# Profile ${name} is in ${files.config} and ${files.credentials}.`,
    ...exportLines({ AWS_PROFILE: name, ...Object.fromEntries(sdk) }),
  )
}
