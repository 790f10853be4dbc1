import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { channelOf, describe, ended, get, linesOf, put, statusesOf, submit } from './clients.ts'
import { startTestServer, workspaces } from './test-server.ts'

const FIVE_STAGES = ['Starting', 'Downloading', 'Training', 'Uploading', 'Completed']

const CHANNEL = { RecordWrapperType: 'None', S3DistributionType: 'FullyReplicated', TrainingInputMode: 'File' }

test('a job goes the whole way: its record joined without gaps, its log whole, its artifacts as the contract says', async () => {
  await using server = await startTestServer()
  await put(server, 'in/a.txt', 'hello')
  await put(server, 'in/sub/b.txt', 'world')
  const script = [
    'cat /opt/ml/input/data/train/a.txt /opt/ml/input/data/train/sub/b.txt; echo',
    'hostname; pwd; cat /opt/ml/input/config/hyperparameters.json; echo',
    'cat /opt/ml/input/config/inputdataconfig.json; echo',
    'chmod 700 /opt/ml/input/data/train/a.txt; echo changed > /opt/ml/input/data/train/a.txt',
    'mkdir /opt/ml/model/deep; echo weights > /opt/ml/model/deep/w; echo extra > /opt/ml/output/data/e',
    'printf "tab\\there loss=0.0036\\nlast without newline loss=0.5"',
  ].join('\n')
  await put(server, 'code/run.sh', script)
  const name = await submit(server, '', {
    AlgorithmSpecification: {
      TrainingImage: '763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.4-cpu-py311',
      TrainingInputMode: 'File',
      ContainerEntrypoint: ['sh', '/opt/ml/input/data/code/run.sh'],
      MetricDefinitions: [
        { Name: 'never', Regex: 'accuracy=([0-9.]+)' },
        { Name: 'loss', Regex: 'loss=([0-9.]+)' },
        { Name: 'escaped', Regex: 'tab#011here loss=([0-9.]+)' },
      ],
    },
    HyperParameters: { epochs: '3' },
    InputDataConfig: [channelOf(server, 'train', 'in/'), channelOf(server, 'code', 'code/run.sh')],
  })
  const job = await ended(server, name)
  const lines = await linesOf(server, name)
  assert.deepEqual(lines, [
    'helloworld',
    'algo-1',
    '/opt/ml',
    '{"epochs":"3"}',
    JSON.stringify({ train: CHANNEL, code: CHANNEL }),
    'tab#011here loss=0.0036',
    'last without newline loss=0.5',
  ])
  assert.deepEqual(statusesOf(job), FIVE_STAGES)
  const transitions = job.SecondaryStatusTransitions ?? []
  for (const [index, element] of transitions.slice(0, -1).entries()) {
    assert.deepEqual(element.EndTime, transitions[index + 1]?.StartTime)
  }
  assert.deepEqual(
    transitions.map(({ StatusMessage }) => StatusMessage),
    [
      'Preparing the instances for training',
      'Downloading input data',
      'Training image download completed. Training in progress.',
      'Uploading generated training model',
      'Training job completed',
    ],
  )
  assert.deepEqual(job.TrainingStartTime, transitions[1]?.StartTime)
  assert.deepEqual(job.TrainingEndTime, transitions[4]?.StartTime)
  assert.equal(job.BillableTimeInSeconds, job.TrainingTimeInSeconds)
  assert.deepEqual(
    job.FinalMetricDataList?.map(({ MetricName, Value }) => [MetricName, Value]),
    [
      ['loss', 0.5],
      ['escaped', Math.fround(0.0036)],
    ],
  )
  assert.equal(job.ModelArtifacts?.S3ModelArtifacts, `s3://${server.bucket}/out/${name}/output/model.tar.gz`)
  const members = (tar: Buffer) =>
    execFileSync('tar', ['tz'], { input: tar, encoding: 'utf8' }).trim().split('\n').sort()
  assert.deepEqual(members(await get(server, `out/${name}/output/model.tar.gz`)), ['deep/', 'deep/w'])
  assert.deepEqual(members(await get(server, `out/${name}/output/output.tar.gz`)), ['e'])
  assert.equal(String(await get(server, 'in/a.txt')), 'hello', 'the job changed its own copy only')
  // What closing waits for, among other things, is that ended jobs have been cleared away.
  await server.app.close()
  assert.deepEqual(await workspaces(server), [])
})

test('a job with nothing to leave behind is Completed, its model where it would be', async () => {
  await using server = await startTestServer()
  const name = await submit(server, 'true')
  const job = await ended(server, name)
  assert.deepEqual(statusesOf(job), FIVE_STAGES)
  assert.equal(job.ModelArtifacts?.S3ModelArtifacts, `s3://${server.bucket}/out/${name}/output/model.tar.gz`)
  await assert.rejects(get(server, `out/${name}/output/model.tar.gz`), { name: 'NoSuchKey' })
})

const SIGNED_CALL = `
import datetime, hashlib, hmac, os, sys, urllib.error, urllib.parse, urllib.request
def call(service, method, path, body=b'', headers={}):
    endpoint = urllib.parse.urlparse(os.environ['AWS_ENDPOINT_URL'])
    now = datetime.datetime.now(datetime.timezone.utc)
    stamp, day = now.strftime('%Y%m%dT%H%M%SZ'), now.strftime('%Y%m%d')
    region = os.environ['AWS_REGION']
    signed = {'host': endpoint.netloc, 'x-amz-date': stamp, 'x-amz-content-sha256': hashlib.sha256(body).hexdigest(),
              'x-amz-security-token': os.environ['AWS_SESSION_TOKEN'], **headers}
    names = ';'.join(sorted(signed))
    canonical = '\\n'.join([method, path, '', *[k + ':' + signed[k] for k in sorted(signed)], '', names, signed['x-amz-content-sha256']])
    scope = f'{day}/{region}/{service}/aws4_request'
    text = '\\n'.join(['AWS4-HMAC-SHA256', stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ('AWS4' + os.environ['AWS_SECRET_ACCESS_KEY']).encode()
    for part in (day, region, service, 'aws4_request'):
        key = hmac.new(key, part.encode(), 'sha256').digest()
    signature = hmac.new(key, text.encode(), 'sha256').hexdigest()
    signed['authorization'] = f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/{scope}, SignedHeaders={names}, Signature={signature}"
    del signed['host']
    request = urllib.request.Request(os.environ['AWS_ENDPOINT_URL'] + path, data=body or None, headers=signed, method=method)
    try:
        with urllib.request.urlopen(request) as answer: return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error: return error.code, error.read().decode()
`

test('a job reaches S3 in the buckets that its request names, and nothing else, and only while it runs', async () => {
  await using server = await startTestServer()
  const { CreateBucketCommand } = await import('@aws-sdk/client-s3')
  await server.s3.send(new CreateBucketCommand({ Bucket: 'another-bucket' }))
  await put(server, 'code/x', 'from s3')
  const program = `${SIGNED_CALL}
print(call('s3', 'GET', '/${server.bucket}/code/x'))
print(call('s3', 'PUT', '/${server.bucket}/out/by-job', b'job was here')[0])
print('AccessDenied' in call('s3', 'GET', '/another-bucket/x')[1])
target = {'x-amz-target': 'SageMaker.ListTrainingJobs', 'content-type': 'application/x-amz-json-1.1'}
print('AccessDeniedException' in call('sagemaker', 'POST', '/', b'{}', target)[1])
open('/opt/ml/model/keys', 'w').write('\\n'.join(os.environ[k] for k in ('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN')))
`
  await put(server, 'code/program.py', program)
  const name = await submit(server, 'python3 /opt/ml/input/data/code/program.py', {
    InputDataConfig: [channelOf(server, 'code', 'code/program.py')],
  })
  const job = await ended(server, name)
  assert.deepEqual(await linesOf(server, name), ["(200, 'from s3')", '200', 'True', 'True'], job.FailureReason)
  assert.equal(String(await get(server, 'out/by-job')), 'job was here')

  const tar = await get(server, `out/${name}/output/model.tar.gz`)
  const [accessKeyId = '', secretAccessKey = '', sessionToken = ''] = execFileSync('tar', ['xzO', 'keys'], {
    input: tar,
    encoding: 'utf8',
  }).split('\n')
  const { S3Client, HeadBucketCommand, ListObjectsV2Command } = await import('@aws-sdk/client-s3')
  const late = new S3Client({
    endpoint: server.app.url,
    region: server.app.region,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
  })
  await assert.rejects(late.send(new ListObjectsV2Command({ Bucket: server.bucket })), { name: 'ExpiredToken' })
  await server.s3.send(new HeadBucketCommand({ Bucket: 'another-bucket' }))
})

test('a job that was described while it ran shows its training time growing and nothing billed', async () => {
  await using server = await startTestServer()
  const name = await submit(server, 'read line < /opt/ml/input/data/none || sleep 60')
  const job = await describe(server, name)
  assert.equal(job.BillableTimeInSeconds, undefined)
  assert.equal(job.TrainingEndTime, undefined)
  const { StopTrainingJobCommand } = await import('@aws-sdk/client-sagemaker')
  await server.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name }))
  assert.equal((await ended(server, name)).TrainingJobStatus, 'Stopped')
})
