import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseCount, parsePort, parseSeconds } from '../../../src/cli/commands/common-options.ts'
import { createRequest } from '../../../src/cli/run/create-request.ts'
import { jobNameFor } from '../../../src/cli/run/job-name.ts'
import { parseInput, parseOutput, parsePairs, parseSource } from '../../../src/cli/run/run-arguments.ts'
import { channelUri } from '../../../src/cli/run/uploads.ts'
import { nodeAsAUser } from '../as-a-user.ts'
import { temporaryFolder } from '../temporary-folder.ts'

test('Durations are read with their units, and nothing else is a duration', () => {
  assert.deepEqual(['90', '90s', '30m', '1h30m', '2d'].map(parseSeconds), [90, 90, 1800, 5400, 172_800])
  for (const text of ['', '0', '1x', 'h', '1h!', '-5', '1.5h']) assert.throws(() => parseSeconds(text), /duration/)
})

test('Ports go from 0 to 65535', () => {
  assert.deepEqual(['0', '8484', '65535'].map(parsePort), [0, 8484, 65_535])
  for (const text of ['65536', '-1', 'http', '']) assert.throws(() => parsePort(text), /number/)
})

test('There is at least one instance', () => {
  assert.deepEqual(['1', '2', '200'].map(parseCount), [1, 2, 200])
  for (const text of ['0', '-1', '1.5', 'two', '']) assert.throws(() => parseCount(text), /whole number/)
})

test('A script goes alone, a folder whole, and the script in it is named or train.py', (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'go.py'), '')
  assert.deepEqual(parseSource(join(folder, 'go.py'), undefined), { folder, entry: 'go.py', only: ['go.py'] })
  assert.deepEqual(parseSource(folder, 'go.py'), { folder, entry: 'go.py' })
  assert.throws(() => parseSource(folder, undefined), /has no train\.py: name the script to run with --entry/)
  assert.throws(() => parseSource(join(folder, 'go.py'), 'go.py'), /--entry is for a folder/)
  assert.throws(() => parseSource(join(folder, 'nope.py'), undefined), /does not exist/)
})

test('Output goes to a folder that is there or not yet, never to a file', (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'file'), '')
  assert.equal(parseOutput(folder), folder)
  assert.equal(parseOutput(join(folder, 'new')), join(folder, 'new'))
  for (const path of ['file', 'file/below']) assert.throws(() => parseOutput(join(folder, path)), /file is no folder/)
})

test('Output does not go to a folder that may not be written to', (t) => {
  const closed = join(temporaryFolder(t), 'closed')
  mkdirSync(closed, { mode: 0o500 })
  const program = `
    import { parseOutput } from ${JSON.stringify(import.meta.resolve('../../../src/cli/run/run-arguments.ts'))}
    parseOutput(${JSON.stringify(join(closed, 'new'))})`
  assert.match(nodeAsAUser(['--input-type=module-typescript', '-e', program]).stderr, /closed may not be written to/)
})

test('An input is a path here or in S3, and its channel has a name', (t) => {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'a=b'))
  const place = { bucket: 'bucket', name: 'job' }
  const local = parseInput(`train=${join(folder, 'a=b')}`)
  const remote = parseInput('test=s3://elsewhere/prefix')
  assert.equal(channelUri(local, place), 's3://bucket/job/input/train/')
  assert.equal(channelUri(remote, place), 's3://elsewhere/prefix')
  assert.throws(() => parseInput('train'), /must be of the form train=data\//)
  assert.throws(() => parseInput(`no space=${folder}`), /no channel name/)
  assert.throws(() => parseInput('train=/not/here'), /does not exist/)
  assert.throws(() => parseInput('train=/not/here', '--shard'), /^UsageError: --shard train=\/not\/here/)
  assert.deepEqual([local.sharded, parseInput('test=s3://elsewhere/prefix', '--shard').sharded], [false, true])
})

test('Pairs may hold equals signs, and the last of a name wins', () => {
  assert.deepEqual(parsePairs(['a=1', 'b=x=y', 'a=2', 'c='], '--hp'), { a: '2', b: 'x=y', c: '' })
  assert.throws(() => parsePairs(['=1'], '--hp'), /--hp =1: it must be of the form name=value/)
})

test('A name made from any path is one that CreateTrainingJob takes', () => {
  assert.equal(jobNameFor('src/my_train.py', Date.UTC(2026, 10, 23, 14, 57, 2, 45)), 'my-train-20261123-145702-045')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 4e12 }), (path, now) => {
      assert.match(jobNameFor(path, now), /^(?=.{1,63}$)[a-zA-Z0-9](-*[a-zA-Z0-9])*$/)
    }),
  )
})

const IDENTITY = {
  account: '111122223333',
  region: 'us-east-1',
  defaultBucket: 'b',
  version: 1,
  accessKeyId: '',
  secretAccessKey: '',
  sessionKey: '',
} as const
const RUN = {
  name: 'j',
  image: 'local/python',
  program: 'train.py',
  sourceUri: 's3://b/j/source/sourcedir.tar.gz',
  hyperparameters: {},
  environment: {},
  channels: [],
  maxRuntimeSeconds: 60,
} as const

test('Several instances share what is sharded, and isolated ones get their script as a channel', () => {
  const channels = [
    { name: 'train', uri: 's3://b/train/', sharded: true },
    { name: 'test', uri: 's3://b/test/', sharded: false },
  ]
  const request = createRequest({ ...RUN, channels, instances: 2, isolated: true }, IDENTITY)
  const source = (S3Uri: string, S3DataDistributionType: string) => ({
    S3DataSource: { S3DataType: 'S3Prefix', S3Uri, S3DataDistributionType },
  })
  assert.partialDeepStrictEqual(request, {
    ResourceConfig: { InstanceCount: 2 },
    EnableNetworkIsolation: true,
    HyperParameters: { sagemaker_submit_directory: '"/opt/ml/input/data/code/sourcedir.tar.gz"' },
    InputDataConfig: [
      { ChannelName: 'train', DataSource: source('s3://b/train/', 'ShardedByS3Key') },
      { ChannelName: 'test', DataSource: source('s3://b/test/', 'FullyReplicated') },
      { ChannelName: 'code', DataSource: source('s3://b/j/source/sourcedir.tar.gz', 'FullyReplicated') },
    ],
  })
  assert.ok(!('EnableNetworkIsolation' in createRequest(RUN, IDENTITY)))
})

test('Numbers reach the script as numbers, everything else as it was typed', () => {
  const hyperparameters = { epochs: '2', rate: '1e-3', word: 'text', id: '007', list: '[1]', flag: 'true', empty: '' }
  const request = createRequest({ ...RUN, hyperparameters }, IDENTITY)
  assert.deepEqual('HyperParameters' in request && request.HyperParameters, {
    epochs: '2',
    rate: '1e-3',
    word: '"text"',
    id: '"007"',
    list: '"[1]"',
    flag: '"true"',
    empty: '""',
    sagemaker_program: '"train.py"',
    sagemaker_submit_directory: '"s3://b/j/source/sourcedir.tar.gz"',
    sagemaker_container_log_level: '20',
    sagemaker_job_name: '"j"',
    sagemaker_region: '"us-east-1"',
  })
  assert.ok(!('Environment' in request) && !('InputDataConfig' in request))
})
