import { clientError, dataDownloadFailed } from '../../lifecycle/failure-reason.ts'
import { ObjectStoreError, type LocalFile, type LocalFiles, type ObjectStore } from '../../objects/objects.ts'
import { InstanceError, type ChannelData, type Downloaded, type Instance } from '../../runtime/runtime.ts'
import type { JobRecord } from '../../store/store.ts'
import { parseS3Uri } from '../../util/s3-uri.ts'
import { together } from '../../util/together.ts'
import { channelFiles } from '../channel-files.ts'
import { channelHosts, channelsOfHost, clusterOf, type Cluster } from '../cluster.ts'
import type { Stage, StageWork, SupervisorContext } from '../context.ts'
import type { InputChannel } from '../job-request.ts'
import { tidyLeftBehind } from '../left-behind.ts'
import { shareOf, type Share } from '../sharding.ts'
import { endAttempt, onHost } from './end-attempt.ts'
import { broughtUp } from './instances.ts'
import { requireOwnBucket } from './own-bucket.ts'

/** Downloading: the channels' files of every host, then the image where there is one to fetch. */
export const downloading: StageWork = async (context, stage) => {
  const fetching = () => stage.record({ kind: 'downloading-image' })
  let reasonOf = dataDownloadFailed
  let downloaded: readonly Downloaded[]
  try {
    const instances = await broughtUp(context, stage)
    downloaded = await stage.limited(async (signal) => {
      const data = await onEach(instances, signal, (instance, shared) =>
        download(context, { ...stage, signal: shared }, instance),
      )
      reasonOf = clientError
      await onEach(instances, signal, (instance, shared) => instance.pull({ signal: shared, fetching }))
      return data
    })
  } catch (error) {
    return endAttempt(context, stage, error, reasonOf)
  }
  await stage.record({ kind: 'training' }, takenOver(stage, downloaded))
  if (stage.job.state.placement?.reuses) {
    const taken = await context.store.poolTakenBy(stage.job.id)
    if (taken) await tidyLeftBehind(context, taken)
  }
}

/** @throws HostError, or the signal's reason */
function onEach<Result>(
  instances: readonly Instance[],
  signal: AbortSignal,
  work: (instance: Instance, signal: AbortSignal) => Promise<Result>,
): Promise<readonly Result[]> {
  return together(instances, signal, (instance, shared) => onHost(instance.id.host, work(instance, shared)))
}

/** Each host lists its channels for itself, as the machines of AWS do. */
async function download(
  context: SupervisorContext,
  { job, request, signal }: Stage,
  instance: Instance,
): Promise<Downloaded> {
  await using pins = new Pins(context.objects, job)
  const cluster = clusterOf(request)
  const { host } = instance.id
  const channels: ChannelData[] = []
  for (const channel of channelsOfHost(request, cluster, host))
    channels.push(await channelData(channel, shareOfHost(cluster, channel, host), pins))
  return instance.download(channels, { signal })
}

/** What of a warm pool was of use, where there was one: the channels that no host had to fetch again. */
function takenOver(
  { job: { state } }: Stage,
  downloaded: readonly Downloaded[],
): { readonly takenOver?: readonly string[] } {
  if (!state.placement?.reuses) return {}
  const [first, ...others] = downloaded
  const channels = first?.takenOver ?? []
  return { takenOver: channels.filter((name) => others.every((other) => other.takenOver.includes(name))) }
}

/** @returns undefined where the host gets everything */
function shareOfHost(cluster: Cluster, channel: InputChannel, host: string): Share | undefined {
  if (channel.DataSource.S3DataSource?.S3DataDistributionType !== 'ShardedByS3Key') return undefined
  const hosts = channelHosts(cluster, channel)
  return { index: hosts.indexOf(host), count: hosts.length }
}

async function channelData(channel: InputChannel, share: Share | undefined, pins: Pins): Promise<ChannelData> {
  const uri = channel.DataSource.S3DataSource?.S3Uri ?? ''
  const location = parseS3Uri(uri)
  if (!location) throw new InstanceError('client', `Unable to download object ${uri}: not an S3 URI`)
  const all = someOf(await pins.pin(location.bucket, location.key, uri), uri)
  const files = share ? shareOf(all, share) : all
  return { name: channel.ChannelName, files: channelFiles(location.key, uri, files) }
}

/** A prefix that has become empty since Create fails the download (behaviour 6.2). */
async function* someOf(files: AsyncIterable<LocalFile>, uri: string): AsyncGenerator<LocalFile> {
  let any = false
  for await (const file of files) {
    any = true
    yield file
  }
  if (!any) throw new InstanceError('client', `No S3 objects found under S3 URL "${uri}"`)
}

/** Holds the blobs of every channel until the instance has its own way to them. */
class Pins implements AsyncDisposable {
  readonly #objects: ObjectStore
  readonly #local: LocalFiles
  readonly #job: Pick<JobRecord, 'account'>
  readonly #releases: (() => Promise<void>)[] = []

  constructor(objects: ObjectStore, job: Pick<JobRecord, 'account'>) {
    if (!objects.local) throw new InstanceError('platform', 'This object store offers no files of this machine')
    this.#objects = objects
    this.#local = objects.local
    this.#job = job
  }

  async pin(bucket: string, prefix: string, uri: string): Promise<AsyncIterable<LocalFile>> {
    try {
      await requireOwnBucket(this.#objects, this.#job, bucket)
      const pinned = await this.#local.pin(bucket, prefix)
      this.#releases.push(() => pinned.release())
      return pinned.files
    } catch (error) {
      if (!(error instanceof ObjectStoreError)) throw error
      throw new InstanceError('client', `Unable to download object ${uri} (${error.code}: ${error.message})`, {
        cause: error,
      })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const release of this.#releases) await release()
  }
}
