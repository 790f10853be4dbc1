import type { Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { interruption } from '../interruption.ts'
import { jobNameFor, parseJobName } from '../run/job-name.ts'
import { parseInput, parseOutput, parsePairs, parseSource } from '../run/run-arguments.ts'
import { runJob } from '../run/run-job.ts'
import { dataFolderOf } from '../server/chosen-folder.ts'
import { connectOrStart } from '../server/own-server.ts'
import { collect, parseCount, parseSeconds, withData, withJson } from './common-options.ts'

interface RunOptions {
  readonly entry?: string
  readonly input?: readonly string[]
  readonly shard?: readonly string[]
  readonly hp?: readonly string[]
  readonly env?: readonly string[]
  readonly instances?: number
  readonly isolated?: boolean
  readonly maxRuntime?: number
  readonly name?: string
  readonly output?: string
  readonly data?: string
  readonly json?: boolean
}

const DAY_SECONDS = 86_400

export function addRun(program: Command, context: CliContext): void {
  withJson(withData(program.command('run')), 'each event on a line of its own')
    .description("train with a script: upload, submit, watch, and bring the model back, with this shell's python")
    .argument('<path>', 'a script, or a folder with one')
    .option('--entry <script>', 'the script to run, in a folder (default: train.py)')
    .option('--input <channel=path>', 'data for a channel: a path here, or s3://…; may be repeated', collect)
    .option('--shard <channel=path>', 'the same, but its files are dealt out among the instances', collect)
    .option('--hp <name=value>', 'a hyperparameter; may be repeated', collect)
    .option('--env <name=value>', 'an environment variable of the job; may be repeated', collect)
    .option('--instances <number>', 'how many run it, on a network of their own (default: 1)', parseCount)
    .option('--isolated', 'they reach each other and nothing else')
    .option('--max-runtime <duration>', 'after which the job is ended: 90s, 30m, 1h30m (default: 1d)', parseSeconds)
    .option('--name <name>', 'of the job (default: made from the script and the time)', parseJobName)
    .option('--output <dir>', 'where to put the model (default: a folder named after the job)')
    .action((path: string, options: RunOptions) => run(context, path, options))
}

async function run(context: CliContext, path: string, options: RunOptions): Promise<void> {
  const name = options.name ?? jobNameFor(path, context.clock.now())
  const order = {
    name,
    source: parseSource(path, options.entry),
    inputs: [
      ...(options.input ?? []).map((text) => parseInput(text)),
      ...(options.shard ?? []).map((text) => parseInput(text, '--shard')),
    ],
    hyperparameters: parsePairs(options.hp ?? [], '--hp'),
    environment: parsePairs(options.env ?? [], '--env'),
    instances: options.instances ?? 1,
    isolated: options.isolated ?? false,
    maxRuntimeSeconds: options.maxRuntime ?? DAY_SECONDS,
    output: parseOutput(options.output ?? name),
    json: options.json ?? false,
  }
  using interrupted = interruption()
  await using connection = await connectOrStart(context, dataFolderOf(context, options.data), {
    command: 'run',
    hold: false,
  })
  try {
    context.exitWith(await runJob(context, connection, order, interrupted))
  } catch (error) {
    if (!interrupted.signal.aborted) throw error
    context.exitWith(EXIT_CODES.interrupted.code)
  }
}
