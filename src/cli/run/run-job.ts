import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { s3UriOf } from '../../client/object-path.ts'
import type { CliContext } from '../cli-context.ts'
import { CommandError } from '../cli-errors.ts'
import type { Interruption } from '../interruption.ts'
import { fetchArtifacts } from '../job/fetch-artifacts.ts'
import type { JobDescription } from '../job/job-description.ts'
import { jobEnding } from '../job/job-summary.ts'
import { exitCodeOf, layoutOf, watchJob } from '../job/watch-job.ts'
import type { WatchedNumber } from '../job/watch-view.ts'
import { dataOption, type Connection } from '../server/connection.ts'
import { TransferLine } from '../terminal/transfer-line.ts'
import { chooseEnvironment } from './choose-environment.ts'
import { createRequest, type RunRequest } from './create-request.ts'
import { packSource } from './pack-source.ts'
import type { Input, Source } from './run-arguments.ts'
import { channelUri, sendAll, sourceLocation, uploadsOf } from './uploads.ts'

export interface SubmitOrder extends Pick<
  RunRequest,
  'name' | 'hyperparameters' | 'environment' | 'maxRuntimeSeconds' | 'metrics'
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
  await uploadJob(context, connection, order, interrupted.signal)
  await submitJob(context, connection, order)
  const job = await watchToEnd(context, connection, order, interrupted)
  const { out, clock } = context
  if (!order.json) out.lines(...jobEnding(job, { ...layoutOf(out), now: clock.now() }))
  await bringBack(context, connection, order, job)
  return exitCodeOf(job)
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
      channels: order.inputs.map((input) => ({ name: input.channel, uri: channelUri(input, place) })),
    },
    identity,
  )
  await client.call('sagemaker', 'CreateTrainingJob', request)
  const { out } = context
  if (order.json) out.lines(JSON.stringify({ kind: 'created', name: order.name }))
  else out.lines('', out.styles.bold(order.name), '')
}

/** Ctrl-C stops the job if this command is all that keeps a server for it, and lets it go on otherwise. */
export async function watchToEnd(
  context: CliContext,
  connection: Connection,
  { name, json, watched }: Pick<SubmitOrder, 'name' | 'json' | 'watched'>,
  interrupted: Interruption,
): Promise<JobDescription> {
  const { signal } = interrupted
  const shown = { json, ...(watched ? { watched } : {}) }
  const commands = `watch: trainyard watch ${name}${dataOption(connection.dataFolder)}`
  if (!connection.isOwn) {
    const stop = `stop:  trainyard stop ${name}${dataOption(connection.dataFolder)}`
    signal.addEventListener(
      'abort',
      () => context.err.lines('', `The job ${name} goes on.`, `  ${commands}`, `  ${stop}`),
      { once: true },
    )
    return watchJob(context, connection, name, { ...shown, signal })
  }
  const givenUp = new AbortController()
  const stopJob = () => {
    context.err.lines('', `Stopping ${name}; what it has saved is kept. Ctrl-C again leaves it to itself.`)
    interrupted.onAgain(() => givenUp.abort())
    connection.client.call('sagemaker', 'StopTrainingJob', { TrainingJobName: name }).catch(() => undefined)
  }
  if (signal.aborted) stopJob()
  else signal.addEventListener('abort', stopJob, { once: true })
  return watchJob(context, connection, name, { ...shown, signal: givenUp.signal })
}

/** A job that failed has usually nothing to bring, and its exit code says more than that. */
async function bringBack(
  { out }: CliContext,
  { client }: Connection,
  { output, json }: RunOrder,
  job: JobDescription,
): Promise<void> {
  if (!json) out.lines('')
  await mkdir(output, { recursive: true })
  try {
    const files = await fetchArtifacts(client, job, output, json ? {} : { out })
    const paths = files.map(({ path }) => path)
    if (json) out.lines(JSON.stringify({ kind: 'fetched', files: paths }))
    else out.lines('', ...paths)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    if (!json) out.lines(error.message)
  }
}
