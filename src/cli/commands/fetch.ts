import { join } from 'node:path'
import type { Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { describeJob } from '../job/job-description.ts'
import { fetchArtifacts, type FetchedFile } from '../job/fetch-artifacts.ts'
import { parseOutput } from '../run/run-arguments.ts'
import { dataFolderOf } from '../server/chosen-folder.ts'
import { connectOrStart } from '../server/own-server.ts'
import { shortPath } from '../terminal/home-path.ts'
import { withData, withJson } from './common-options.ts'

interface FetchOptions {
  readonly data?: string
  readonly json?: boolean
  readonly extract?: boolean
}

export function addFetch(program: Command, context: CliContext): void {
  withJson(withData(program.command('fetch')), 'the files')
    .description('bring model.tar.gz and output.tar.gz of a job; works without a running server too')
    .argument('<name>', 'the name of the job')
    .argument('[dir]', 'where to put them', '.')
    .option('--extract', 'unpack them as well, into DIR/model and DIR/output')
    .action((name: string, dir: string, options: FetchOptions) =>
      fetch(context, { name, dir: parseOutput(dir) }, options),
    )
}

async function fetch(
  context: CliContext,
  { name, dir }: { readonly name: string; readonly dir: string },
  options: FetchOptions,
): Promise<void> {
  // Held: a server that was only started to hand over files starts no job.
  await using connection = await connectOrStart(context, dataFolderOf(context, options.data), {
    command: 'fetch',
    hold: true,
  })
  const { client } = connection
  const job = await describeJob(client, name)
  const quiet = options.json ?? false
  const files = await fetchArtifacts(client, job, dir, quiet ? {} : { out: context.out })
  const folders: string[] = []
  if (options.extract) {
    const { extractArchive } = await import('../job/extract-archive.ts')
    for (const { path, folder } of files) folders.push(await extractArchive(path, join(dir, folder)))
  }
  const { out } = context
  if (quiet) return out.lines(JSON.stringify({ name, files: files.map(({ path }) => path), folders }, undefined, 2))
  out.lines('', ...(options.extract ? folders.map((path) => shortPath(path)) : files.map(howToUnpack)))
}

function howToUnpack({ path, folder }: FetchedFile): string {
  const shown = shortPath(path)
  return `${shown}\n  unpack: mkdir -p ${folder} && tar -xzf ${shown} -C ${folder}`
}
