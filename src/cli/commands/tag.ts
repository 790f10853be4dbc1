import type { Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { describeJob } from '../job/job-description.ts'
import { parsePairs } from '../run/run-arguments.ts'
import { dataFolderOf } from '../server/chosen-folder.ts'
import { connect } from '../server/connection.ts'
import { table } from '../terminal/table.ts'
import { collect, withData, withJson } from './common-options.ts'

interface TagOptions {
  readonly data?: string
  readonly json?: boolean
  readonly remove?: readonly string[]
}

interface Tag {
  readonly Key: string
  readonly Value: string
}

export function addTag(program: Command, context: CliContext): void {
  withJson(withData(program.command('tag')), 'the tags')
    .description('show the tags of a job, set some, remove some')
    .argument('<name>', 'the name of the job')
    .argument('[pairs...]', 'tags to set: key=value')
    .option('--remove <key>', 'a tag to remove; may be repeated', collect)
    .action((name: string, pairs: readonly string[], options: TagOptions) => tag(context, { name, pairs }, options))
}

async function tag(
  context: CliContext,
  { name, pairs }: { readonly name: string; readonly pairs: readonly string[] },
  options: TagOptions,
): Promise<void> {
  const set = Object.entries(parsePairs(pairs, 'a tag')).map(([Key, Value]): Tag => ({ Key, Value }))
  await using connection = await connect(context, dataFolderOf(context, options.data))
  const { client } = connection
  const { TrainingJobArn: ResourceArn } = await describeJob(client, name)
  if (options.remove) await client.call('sagemaker', 'DeleteTags', { ResourceArn, TagKeys: options.remove })
  if (set.length > 0) await client.call('sagemaker', 'AddTags', { ResourceArn, Tags: set })
  const { Tags: tags = [] } = (await client.call('sagemaker', 'ListTags', { ResourceArn })) as {
    readonly Tags?: readonly Tag[]
  }
  const { out, err } = context
  if (options.json) return out.lines(JSON.stringify(tags, undefined, 2))
  if (tags.length === 0) return err.lines(`${name} has no tags.`)
  const rows = tags.map(({ Key, Value }) => [Key, Value])
  out.lines(...table([{ title: 'KEY' }, { title: 'VALUE', flexible: true }], rows, out))
}
