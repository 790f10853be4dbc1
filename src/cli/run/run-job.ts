import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServiceError } from '../../client/client-errors.ts'
import { s3UriOf } from '../../client/object-path.ts'
import type { CliContext } from '../cli-context.ts'
import { CommandError } from '../cli-errors.ts'
import type { Interruption } from '../interruption.ts'
import { fetchArtifacts } from '../job/fetch-artifacts.ts'
import { describeJob, endOf, type JobDescription } from '../job/job-description.ts'
import { jobEnding } from '../job/job-summary.ts'
import { exitCodeOf, layoutOf, watchJob } from '../job/watch-job.ts'
import { WatchView, type WatchedNumber } from '../job/watch-view.ts'
import { typed } from '../server/typed-command.ts'
import { type Connection } from '../server/connection.ts'
import { shortPath } from '../terminal/home-path.ts'
import { TransferLine } from '../terminal/transfer-line.ts'
import { chooseEnvironment } from './choose-environment.ts'
import { createRequest, type RunRequest } from './create-request.ts'
import type { Input, Source } from './run-arguments.ts'
import { channelUri, sendAll, sourceLocation, uploadsOf } from './uploads.ts'

export interface SubmitOrder extends Pick<
  RunRequest,
  'name' | 'hyperparameters' | 'environment' | 'maxRuntimeSeconds' | 'metrics' | 'instances' | 'isolated'
> {
  readonly source: Source
  readonly inputs: readonly Input[]
  readonly json: boolean
  /** A number in the log that is drawn as it changes. */
  readonly watched?: WatchedNumber
}

export interface RunOrder extends SubmitOrder {
  /** Where the model is put. */
  readonly output: string
}

/** The whole way of a job. @returns the exit code. @throws the interruption's reason where Ctrl-C ended it, ServiceError, CommandError */
export async function runJob(
  context: CliContext,
  connection: Connection,
  order: RunOrder,
  interrupted: Interruption,
): Promise<number> {
  await refuseTakenName(connection, order.name)
  await uploadJob(context, connection, order, interrupted.signal)
  await submitJob(context, connection, order)
  const job = await watchToEnd(context, connection, order, interrupted)
  const { out, clock } = context
  if (!order.json) out.lines(...jobEnding(job, { ...layoutOf(out), now: clock.now() }))
  await bringBack(context, connection, order, job)
  return exitCodeOf(job)
}

/** What is uploaded lies below the job's name: a second job of a name would change what the first one reads. @throws CommandError */
async function refuseTakenName({ client, dataFolder }: Connection, name: string): Promise<void> {
  const taken = await describeJob(client, name).catch((error: unknown) => {
    if (error instanceof ServiceError && error.code === 'ValidationException') return undefined
    throw error
  })
  if (!taken) return
  const hint = endOf(taken) ? `, or delete that one: ${typed(`delete ${name}`, dataFolder)}` : '.'
  const status = taken.TrainingJobStatus
  throw new CommandError(
    'NameTaken',
    `There is a job ${name} already, which is ${status}.\nChoose another --name${hint}`,
  )
}

/** Packs the source, and brings it and the local inputs to the default bucket. @throws UsageError, ServiceError, ConnectionError */
export async function uploadJob(
  { out }: CliContext,
  { client, identity }: Connection,
  { name, source, inputs, json }: SubmitOrder,
  signal: AbortSignal,
): Promise<void> {
  const place = { bucket: identity.defaultBucket, name }
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-run-'))
  try {
    const archive = join(folder, 'sourcedir.tar.gz')
    const { packSource } = await import('./pack-source.ts')
    await packSource(source, archive)
    const uploads = await uploadsOf(archive, inputs, place)
    using line = json
      ? undefined
      : new TransferLine(out, `upload ${uploads.length} file${uploads.length === 1 ? '' : 's'}`)
    line?.expect(uploads.reduce((sum, { size }) => sum + size, 0))
    await sendAll(client, uploads, { signal, onBytes: (bytes) => line?.add(bytes) })
    line?.finish()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** @throws ServiceError: what the server has against the request */
export async function submitJob(context: CliContext, connection: Connection, order: SubmitOrder): Promise<void> {
  const { client, identity } = connection
  const place = { bucket: identity.defaultBucket, name: order.name }
  const request = createRequest(
    {
      ...order,
      image: await chooseEnvironment(context, connection),
      program: order.source.entry,
      sourceUri: s3UriOf(sourceLocation(place)),
      channels: order.inputs.map((input) => ({
        name: input.channel,
        uri: channelUri(input, place),
        sharded: input.sharded,
      })),
    },
    identity,
  )
  await client.call('sagemaker', 'CreateTrainingJob', request)
  const { out } = context
  if (order.json) out.lines(JSON.stringify({ kind: 'created', name: order.name }))
  else out.lines('', out.styles.bold(order.name), '')
}

/** Ctrl-C stops the job if this command is all that keeps a server for it, and lets it go on otherwise. @throws the interruption's reason */
export async function watchToEnd(
  context: CliContext,
  connection: Connection,
  order: Pick<SubmitOrder, 'name' | 'json' | 'watched'>,
  interrupted: Interruption,
): Promise<JobDescription> {
  const { name, json, watched } = order
  const { out, err, clock } = context
  const view = new WatchView({ out, now: () => clock.now(), ...(watched ? { watched } : {}) })
  const remark = (...lines: readonly string[]) => (json ? err.lines(...lines) : view.print(...lines))
  const signal = connection.isOwn ? stopAtInterruption(connection, name, interrupted, remark) : interrupted.signal
  try {
    return await watchJob(context, connection, name, { json, view, signal })
  } catch (error) {
    if (signal.aborted) err.lines(...goesOn(name, connection))
    throw error
  }
}

/** @returns a signal that aborts when even the stopping is given up */
function stopAtInterruption(
  { client }: Connection,
  name: string,
  interrupted: Interruption,
  remark: (...lines: readonly string[]) => void,
): AbortSignal {
  const givenUp = new AbortController()
  const stop = () => {
    remark('', `Stopping ${name}; what it has saved is kept.`, 'Ctrl-C again leaves it to itself.', '')
    interrupted.onAgain(() => givenUp.abort())
    // A job that has just ended needs no stop, and a server that cannot be reached is told by the watching.
    client.call('sagemaker', 'StopTrainingJob', { TrainingJobName: name }).catch(() => undefined)
  }
  if (interrupted.signal.aborted) stop()
  else interrupted.signal.addEventListener('abort', stop, { once: true })
  return givenUp.signal
}

function goesOn(name: string, { dataFolder, isOwn }: Connection): readonly string[] {
  return [
    '',
    isOwn
      ? `The job ${name} is still stopping. With a server (${typed('serve', dataFolder)}):`
      : `The job ${name} goes on.`,
    `  watch it:  ${typed(`watch ${name}`, dataFolder)}`,
    `  stop it:   ${typed(`stop ${name}`, dataFolder)}`,
  ]
}

/** A job that failed has usually nothing to bring, and its exit code says more than that. */
async function bringBack(
  { out, err }: CliContext,
  { client, dataFolder }: Connection,
  { output, json }: RunOrder,
  job: JobDescription,
): Promise<void> {
  if (!json) out.lines('')
  try {
    const files = await fetchArtifacts(client, job, output, json ? {} : { out })
    const paths = files.map(({ path }) => path)
    if (json) out.lines(JSON.stringify({ kind: 'fetched', files: paths }))
    else out.lines('', ...paths.map((path) => shortPath(path)))
  } catch (error) {
    if (!(error instanceof CommandError)) {
      const again = typed(`fetch ${job.TrainingJobName} DIR`, dataFolder)
      err.lines('', `What the job has left stays with the server. Bring it with: ${again}`)
      throw error
    }
    if (!json) out.lines(error.message)
  }
}
