import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ClientServer, type ClientResult } from './client-server.ts'

const LIMIT = { timeout: 300_000 }
const GROUP = '/aws/sagemaker/TrainingJobs'
const IMAGE = '763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.8.0-cpu-py312'

let server: ClientServer
let account: string
let bucket: string

before(async () => {
  server = await ClientServer.start()
  account = (await aws('sts get-caller-identity --query Account --output text')).trim()
  bucket = `sagemaker-us-east-1-${account}`
})
after(async () => {
  assert.deepEqual(server.forbidden, [])
  await server[Symbol.asyncDispose]()
})

/** @param command words parted by single spaces; `more` are words that may hold any character */
async function tryAws(command: string, ...more: readonly string[]): Promise<ClientResult> {
  return server.runPython('aws', 'aws', [...command.split(' '), ...more])
}

async function aws(command: string, ...more: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await tryAws(command, ...more)
  assert.equal(code, 0, `aws ${command}: ${stderr}`)
  return stdout
}

/** A job that a shell line is the command of. */
async function create(name: string, line: string): Promise<void> {
  const request = {
    TrainingJobName: name,
    RoleArn: `arn:aws:iam::${account}:role/SageMakerRole`,
    AlgorithmSpecification: {
      TrainingImage: IMAGE,
      TrainingInputMode: 'File',
      ContainerEntrypoint: ['/bin/sh', '-c'],
      ContainerArguments: [line],
    },
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/output` },
    ResourceConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount: 1, VolumeSizeInGB: 10 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
  }
  await aws('sagemaker create-training-job --cli-input-json', JSON.stringify(request))
}

/** Asks until the job has a status that is not its last but this one. */
async function untilStatus(name: string, field: string, wanted: string): Promise<void> {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const status = await aws(
      `sagemaker describe-training-job --training-job-name ${name} --query ${field} --output text`,
    )
    if (status.trim() === wanted) return
  }
  assert.fail(`${name} did not become ${wanted}`)
}

async function local(name: string, content: string | Buffer): Promise<string> {
  const path = join(server.folder, name)
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, content)
  return path
}

test('aws s3 cp copies small files and large ones there and back', LIMIT, async () => {
  const contents = { small: Buffer.from('small'), empty: Buffer.alloc(0), large: randomBytes(20 * 2 ** 20) }
  for (const [name, content] of Object.entries(contents)) {
    const path = await local(`cp/${name}`, content)
    await aws('s3 cp --only-show-errors', path, `s3://${bucket}/cp/${name}`)
    await aws('s3 cp --only-show-errors', `s3://${bucket}/cp/${name}`, `${path}.back`)
    assert.ok(content.equals(await readFile(`${path}.back`)), name)
  }
  const listed = await aws('s3 ls', `s3://${bucket}/cp/`)
  assert.deepEqual(
    listed
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/).slice(2)),
    [
      ['0', 'empty'],
      ['20971520', 'large'],
      ['5', 'small'],
    ],
  )
})

test('aws s3 sync copies what is missing and nothing else, both ways', LIMIT, async () => {
  for (const name of ['a.txt', 'deep/b.txt', 'deep/er/ü c.txt']) await local(`sync/${name}`, name)
  const up = await aws('s3 sync', join(server.folder, 'sync'), `s3://${bucket}/sync`)
  const again = await aws('s3 sync', join(server.folder, 'sync'), `s3://${bucket}/sync`)
  await aws('s3 sync --only-show-errors', `s3://${bucket}/sync`, join(server.folder, 'back'))
  assert.equal(up.match(/upload:/g)?.length, 3)
  assert.equal(again, '')
  assert.deepEqual((await readdir(join(server.folder, 'back'), { recursive: true })).sort(), [
    'a.txt',
    'deep',
    'deep/b.txt',
    'deep/er',
    'deep/er/ü c.txt',
  ])
})

test('aws s3 rm, mb and ls', LIMIT, async () => {
  await aws('s3 mb s3://cli-made')
  await aws('s3 cp --only-show-errors', await local('rm/one', '1'), 's3://cli-made/one')
  await aws('s3 cp --only-show-errors', await local('rm/two', '2'), 's3://cli-made/folder/two')
  assert.match(await aws('s3 ls'), / cli-made$/m)
  assert.match(await aws('s3 ls s3://cli-made'), /PRE folder\/\n[^]* 1 one\n$/)
  await aws('s3 rm --only-show-errors s3://cli-made/folder/two')
  assert.equal((await aws('s3 ls --recursive s3://cli-made')).trim().split('\n').length, 1)
})

test(
  'aws s3 copies and moves from bucket to bucket, also in parts, presigns, and removes a bucket with all in it',
  LIMIT,
  async () => {
    await aws('s3 mb s3://cli-other')
    const large = randomBytes(20 * 2 ** 20)
    await aws('s3 cp --only-show-errors', await local('move/large', large), 's3://cli-other/large')
    await aws('s3 cp --only-show-errors s3://cli-other/large', 's3://cli-other/copy of large')
    await aws('s3 mv --only-show-errors s3://cli-other/large', 's3://cli-other/moved/ü')
    await aws('s3 sync --only-show-errors s3://cli-other/moved s3://cli-other/synced')
    const listed = await aws('s3 ls --recursive s3://cli-other')
    const names = listed
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/).slice(2).join(' '))
    assert.deepEqual(names, ['20971520 copy of large', '20971520 moved/ü', '20971520 synced/ü'])
    const url = await aws('s3 presign', 's3://cli-other/synced/ü')
    const answer = await fetch(url.trim())
    assert.ok(large.equals(Buffer.from(await answer.arrayBuffer())))
    await aws('s3 rb --force s3://cli-other')
    assert.doesNotMatch(await aws('s3 ls'), /cli-other/)
  },
)

test('a job is waited for, listed and read from', LIMIT, async () => {
  await create('cli-quick', 'echo hello; echo again')
  await untilStatus('cli-quick', 'TrainingJobStatus', 'Completed')
  await aws('sagemaker wait training-job-completed-or-stopped --training-job-name cli-quick')
  const names = await aws(
    'sagemaker list-training-jobs --name-contains cli-quick --query TrainingJobSummaries[].TrainingJobName --output text',
  )
  assert.equal(names.trim(), 'cli-quick')
  const stream = await aws(
    `logs describe-log-streams --log-group-name ${GROUP} --log-stream-name-prefix cli-quick/ --query logStreams[0].logStreamName --output text`,
  )
  const events = await aws(
    `logs get-log-events --log-group-name ${GROUP} --start-from-head --output text --query`,
    'events[].[message]',
    '--log-stream-name',
    stream.trim(),
  )
  assert.equal(events, 'hello\nagain\n')
  const filtered = await aws(
    `logs filter-log-events --log-group-name ${GROUP} --log-stream-name-prefix cli-quick/ --filter-pattern again --output text --query`,
    'events[].[message]',
  )
  assert.equal(filtered, 'again\n')
  assert.match(await aws('logs describe-log-groups'), /"logGroupName": "\/aws\/sagemaker\/TrainingJobs"/)
})

test('a running job is stopped', LIMIT, async () => {
  await create('cli-stops', 'trap "exit 0" TERM; echo ready; while :; do sleep 0.1; done')
  await untilStatus('cli-stops', 'SecondaryStatus', 'Training')
  await aws('sagemaker stop-training-job --training-job-name cli-stops')
  await untilStatus('cli-stops', 'TrainingJobStatus', 'Stopped')
  const way = await aws(
    'sagemaker describe-training-job --training-job-name cli-stops --output text --query',
    'SecondaryStatusTransitions[].Status',
  )
  assert.match(way, /^Starting\tDownloading\tTraining\tStopping\t(Uploading\t)?Stopped\n$/)
})

test('errors come with the code and text of AWS', LIMIT, async () => {
  const unknown = await tryAws('sagemaker describe-training-job --training-job-name nobody')
  assert.equal(unknown.code, 255)
  assert.match(
    unknown.stderr,
    /\(ValidationException\) when calling the DescribeTrainingJob operation: Requested resource not found\./,
  )
  const waited = await tryAws('sagemaker wait training-job-completed-or-stopped --training-job-name nobody')
  assert.equal(waited.code, 255)
  const missing = await tryAws('s3 ls s3://cli-missing')
  assert.match(missing.stderr, /\(NoSuchBucket\)/)
})
