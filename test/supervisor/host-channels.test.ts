import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VirtualClock } from '../../src/clock/virtual-clock.ts'
import type { Runtime } from '../../src/runtime/runtime.ts'
import { SimulatedRuntime } from '../../src/runtime/simulated/simulated-runtime.ts'
import { supervisorFixture, type SupervisorFixture } from './supervisor-fixture.ts'
import { bound, withInstance } from './with-instance.ts'

type Received = Record<string, Record<string, readonly string[]>>

/** A runtime that writes down which files of which channel each host is given. */
function recording(received: Received): (clock: VirtualClock) => Runtime {
  return (clock) =>
    withInstance(new SimulatedRuntime(clock), (instance) => ({
      ...bound(instance, 'download'),
      async download(channels, options) {
        const own: Record<string, readonly string[]> = {}
        for (const { name, files } of channels) {
          const paths: string[] = []
          for await (const { path } of files) paths.push(path)
          own[name] = paths
        }
        received[instance.id.host] = own
        return instance.download([], options)
      },
    }))
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

async function put(fixture: SupervisorFixture, keys: readonly string[]): Promise<void> {
  for (const key of keys) await fixture.objects.put('bucket', key, bytes(key), { metadata: {} })
}

function channel(ChannelName: string, source: object): object {
  return { ChannelName, DataSource: { S3DataSource: { S3DataType: 'S3Prefix', ...source } } }
}

test('a sharded channel is dealt out by its keys, a replicated one goes whole to every host, a group’s only to its hosts', async () => {
  const received: Received = {}
  await using fixture = await supervisorFixture({ runtime: recording(received) })
  await put(fixture, ['shards/', 'shards/a', 'shards/b', 'shards/c/d', 'whole/x', 'whole/y', 'few/only'])
  const sharded = { S3DataDistributionType: 'ShardedByS3Key' }
  const state = await fixture.ended(
    await fixture.submit({
      ResourceConfig: {
        InstanceGroups: [
          { InstanceGroupName: 'one', InstanceType: 'ml.m5.large', InstanceCount: 1 },
          { InstanceGroupName: 'two', InstanceType: 'ml.m5.large', InstanceCount: 2 },
        ],
      },
      InputDataConfig: [
        channel('shards', { S3Uri: 's3://bucket/shards', ...sharded }),
        channel('whole', { S3Uri: 's3://bucket/whole/' }),
        channel('few', { S3Uri: 's3://bucket/few', ...sharded, InstanceGroupNames: ['two'] }),
      ],
    }),
  )
  assert.equal(state.status, 'Completed')
  const whole = ['x', 'y']
  assert.deepEqual(received, {
    'algo-1': { shards: ['a'], whole },
    'algo-2': { shards: ['b'], whole, few: ['only'] },
    'algo-3': { shards: ['c/d'], whole, few: [] },
  })
})

test('a sharded prefix that has become empty fails the download, on whatever host', async () => {
  await using fixture = await supervisorFixture({ runtime: recording({}) })
  const state = await fixture.ended(
    await fixture.submit({
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 2 },
      InputDataConfig: [channel('c', { S3Uri: 's3://bucket/none', S3DataDistributionType: 'ShardedByS3Key' })],
    }),
  )
  assert.equal(
    state.failureReason,
    'ClientError: Data download failed:No S3 objects found under S3 URL "s3://bucket/none"',
  )
})

/** Deletes the bucket of the jobs, and makes one of the same name for somebody else. */
async function handOver({ objects }: SupervisorFixture): Promise<void> {
  await objects.deleteBucket('bucket')
  await objects.createBucket({ name: 'bucket', account: '999999999999', region: 'us-east-1' })
}

test('a bucket that has become another account’s since Create is neither read nor written', async () => {
  const artifact = { kind: 'model', path: '/nowhere', size: 1, md5: '0' } as const
  const runtime = (clock: VirtualClock) =>
    Object.assign(new SimulatedRuntime(clock), { collect: async () => [artifact] })
  await using fixture = await supervisorFixture({ runtime })
  const reader = await fixture.submit({ InputDataConfig: [channel('c', { S3Uri: 's3://bucket/data' })] })
  const writer = await fixture.submit()
  await handOver(fixture)
  await put(fixture, ['data/secret'])
  assert.equal(
    (await fixture.ended(reader)).failureReason,
    'ClientError: Data download failed:Unable to download object s3://bucket/data (NoSuchBucket: There is no bucket bucket.)',
  )
  assert.match((await fixture.ended(writer)).failureReason ?? '', /NoSuchBucket/)
  const { objects } = await fixture.objects.list({ bucket: 'bucket', prefix: '', limit: 10 })
  assert.deepEqual(
    objects.map(({ key }) => key),
    ['data/secret'],
  )
})
