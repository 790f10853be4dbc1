import { homedir } from 'node:os'
import { join } from 'node:path'
import { systemContext, type CliContext } from '../../src/cli/cli-context.ts'
import { describeError } from '../../src/cli/describe-error.ts'
import { homePath } from '../../src/cli/terminal/home-path.ts'
import { interruption, type Interruption } from '../../src/cli/interruption.ts'
import { fetchArtifacts } from '../../src/cli/job/fetch-artifacts.ts'
import type { JobDescription } from '../../src/cli/job/job-description.ts'
import { jobEnding } from '../../src/cli/job/job-summary.ts'
import { exitCodeOf, layoutOf } from '../../src/cli/job/watch-job.ts'
import { jobNameFor } from '../../src/cli/run/job-name.ts'
import { parseInput, parseSource } from '../../src/cli/run/run-arguments.ts'
import { submitJob, uploadJob, watchToEnd } from '../../src/cli/run/run-job.ts'
import type { Connection } from '../../src/cli/server/connection.ts'
import { pad } from '../../src/cli/terminal/width.ts'
import { choosePython, type PythonChoice } from './demo/choose-python.ts'
import { startServer } from './demo/start-server.ts'

/**
 * `npm run demo`: a server of its own, a real data set, a real training job, shown live; then the record, the model, and how to fetch it again. It does
 * what `trainyard serve` and `trainyard run` do, by the same parts, step by step.
 */
const here = import.meta.dirname
const METRICS = [
  { name: 'train:loss', regex: 'loss=([0-9.]+)' },
  { name: 'test:accuracy', regex: 'accuracy=([0-9.]+)' },
]
const LOSS = { name: 'loss', pattern: /\bloss=([0-9.]+)/ }
/** Slower steps than the script's own, so that there is something to see. */
const HYPERPARAMETERS = { epochs: '16', learning_rate: '0.004' }
const MAX_RUNTIME_SECONDS = 600

const context = systemContext()
try {
  context.exitWith(await demo(context))
} catch (error) {
  const { text, exitCode } = describeError(error)
  context.err.lines('', `${context.err.styles.red('The demo failed:')} ${text}`)
  context.exitWith(exitCode)
}

/** @returns the exit code: 0 for a job that is Completed */
async function demo(context: CliContext): Promise<number> {
  const { out } = context
  using interrupted = interruption()
  const folder = cacheFolder(context.environment)
  const choice = await choosePython(context)
  out.lines('', out.styles.bold('Handwritten digits: a real SageMaker training job, on this machine'), '')
  await using connection = await startServer(join(folder, 'demo'), choice.python, context)
  introduce(context, connection, choice)
  return await train(context, connection, { models: join(folder, 'models'), interrupted })
}

async function train(
  context: CliContext,
  connection: Connection,
  { models, interrupted }: { readonly models: string; readonly interrupted: Interruption },
): Promise<number> {
  const name = jobNameFor('digits', context.clock.now())
  const order = {
    name,
    source: parseSource(join(here, 'train.py'), undefined),
    inputs: ['train', 'test'].map((channel) => parseInput(`${channel}=${join(here, channel)}`)),
    hyperparameters: HYPERPARAMETERS,
    environment: {},
    maxRuntimeSeconds: MAX_RUNTIME_SECONDS,
    metrics: METRICS,
    watched: LOSS,
    json: false,
  }
  await uploadJob(context, connection, order, interrupted.signal)
  await submitJob(context, connection, order)
  const job = await watchToEnd(context, connection, order, interrupted)
  const { out, clock } = context
  out.lines(...jobEnding(job, { ...layoutOf(out), now: clock.now() }), '')
  if (job.TrainingJobStatus === 'Completed') await fetchModel(context, connection, { job, folder: join(models, name) })
  return exitCodeOf(job)
}

async function fetchModel(
  { out }: CliContext,
  { client, dataFolder }: Connection,
  { job, folder }: { readonly job: JobDescription; readonly folder: string },
): Promise<void> {
  await fetchArtifacts(client, job, folder, { out })
  const model = homePath(join(folder, 'model.tar.gz'))
  const { bold, cyan } = out.styles
  out.lines(
    '',
    bold('The model'),
    `  ${model}`,
    '',
    'Fetch it again whenever you like; the server need not run:',
    cyan(`  bin/trainyard fetch ${job.TrainingJobName} --data ${homePath(dataFolder)}`),
    '',
    'Let it read digits that it has never seen:',
    cyan(`  python3 examples/digits/predict.py \\\n    ${model} \\\n    examples/digits/test/digits.csv`),
    '',
  )
}

function introduce({ out }: CliContext, { url, dataFolder }: Connection, { python, remark }: PythonChoice): void {
  const fact = (label: string, value: string) => `${out.styles.dim(pad(label, 8))}${value}`
  out.lines(
    fact('server', `${url}, for as long as the demo runs`),
    fact('data', homePath(dataFolder)),
    fact('python', python),
    ...(remark === undefined ? [] : [fact('', remark)]),
    '',
  )
}

/** Record, data and model are to be found after the demo, so not in a folder that goes with it. */
function cacheFolder(environment: CliContext['environment']): string {
  const cache = environment['XDG_CACHE_HOME']
  return join(cache?.startsWith('/') ? cache : join(homedir(), '.cache'), 'trainyard')
}
