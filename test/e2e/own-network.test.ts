import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { ISOLATIONS } from '../../src/agent/messages.ts'
import { reportIsolations, reportNetworks } from '../../src/runtime/process/choose-plan.ts'
import { removeDataFolder } from '../support/remove-data-folder.ts'
import { AS_ROOT, JOB_USER } from '../runtime/process/support/bench.ts'
import { processesIn } from '../runtime/process/support/processes.ts'
import { agentPid, serve } from './server-process.ts'
import { channelOf, ended, get, linesOf, printed, put, statusesOf, submit, type Clients } from './clients.ts'
import { startTestServer } from './test-server.ts'

const TWO = { InstanceType: 'ml.m5.large', InstanceCount: 2, VolumeSizeInGB: 1 } as const
const skip = await networksMissing()

/** @returns why this machine gives jobs no networks, where that may be; undefined where it does, or must */
async function networksMissing(): Promise<string | undefined> {
  if (process.env['TRAINYARD_REQUIRE_ALL'] !== undefined || process.env['CI'] !== undefined) return undefined
  const dataFolder = mkdtempSync(join(tmpdir(), 'trainyard-own-network-'))
  const request = { dataFolder, ...(AS_ROOT ? { jobUser: JOB_USER } : {}) }
  const report = await reportIsolations(request)
  const isolation = ISOLATIONS.find((name) => report[name].available) ?? 'base-dir'
  const config = { isolation: 'auto', uid: JOB_USER.uid, network: '10.0.2.0/24', limits: 'off', pids: 64 } as const
  const { own } = await reportNetworks({ ...request, config }, isolation)
  rmSync(dataFolder, { recursive: true })
  return own.available ? undefined : `jobs have no networks of their own here: ${own.reason}`
}

/** A script whose instances meet on one port; each says whom it met, and leaves a file of its name. */
const SCRIPT = `
import os, socket, time
me = socket.gethostname()
server = socket.create_server(('0.0.0.0', 29500))
other = 'algo-2' if me == 'algo-1' else 'algo-1'
while True:
    try:
        socket.create_connection((other, 29500)).sendall(me.encode())
        break
    except OSError:
        time.sleep(0.02)
print(me, 'met', server.accept()[0].recv(100).decode())
open(os.environ['SM_MODEL_DIR'] + '/' + me, 'w').write(me)
`

async function putSource(server: Clients): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-source-'))
  writeFileSync(join(folder, 'train.py'), SCRIPT)
  const tar = execFileSync('tar', ['-cz', '-C', folder, 'train.py'])
  rmSync(folder, { recursive: true })
  await server.s3.send(new PutObjectCommand({ Bucket: server.bucket, Key: 'code/source.tar.gz', Body: tar }))
}

test(
  'two instances fetch their script with the job’s session, meet each other, and give one model',
  { skip },
  async () => {
    await using server = await startTestServer()
    await putSource(server)
    const name = await submit(server, '', {
      AlgorithmSpecification: { TrainingImage: 'local/python', TrainingInputMode: 'File' },
      HyperParameters: {
        sagemaker_program: '"train.py"',
        sagemaker_submit_directory: `"s3://${server.bucket}/code/source.tar.gz"`,
      },
      ResourceConfig: TWO,
    })
    const job = await ended(server, name)
    const lines = await linesOf(server, name)
    assert.equal(statusesOf(job).at(-1), 'Completed', `${job.FailureReason} ${lines.join('\n')}`)
    for (const line of ['algo-1 met algo-2', 'algo-2 met algo-1']) assert.ok(lines.includes(line), lines.join('\n'))
    const model = await get(server, `out/${name}/output/model.tar.gz`)
    const members = execFileSync('tar', ['-tz'], { input: model, encoding: 'utf8' }).trim().split('\n')
    assert.deepEqual(members, ['algo-1', 'algo-2'])
  },
)

test('an isolated job has no keys, and reaches neither this server nor the machine', { skip }, async () => {
  await using server = await startTestServer()
  const { port } = new URL(server.app.url)
  const script = [
    'env | grep -c "^AWS_ACCESS_KEY_ID\\|^AWS_ENDPOINT_URL\\|^S3_ENDPOINT_URL"',
    `for a in 10.0.2.1:8484 127.0.0.1:${port}; do python3 -c "import sys, urllib.request as r; r.urlopen(sys.argv[1], timeout=1)" http://$a 2>&1 | tail -n 1; done`,
  ].join('\n')
  await put(server, 'code/look.sh', script)
  const name = await submit(server, 'sh /opt/ml/input/data/code/look.sh', {
    InputDataConfig: [channelOf(server, 'code', 'code/')],
    EnableNetworkIsolation: true,
  })
  await ended(server, name)
  const [keys, ...answers] = await linesOf(server, name)
  assert.equal(keys, '0')
  assert.equal(answers.length, 2)
  for (const answer of answers) assert.match(answer, /refused|unreachable|timed out/)
})

/** Asks the server over and over; counts its answers, which are all of them refusals because nothing is signed. */
const ASKING = `
import os, time, urllib.request, urllib.error
n = 0
while not os.path.exists('/opt/ml/output/end'):
    try:
        urllib.request.urlopen(os.environ['AWS_ENDPOINT_URL'], timeout=5)
    except urllib.error.HTTPError as error:
        n += 1
        print(n, error.code)
    except OSError:
        pass
    time.sleep(0.05)
`

test(
  'instances reach the next server when theirs is killed, with its agent too, and nothing is left of them',
  { skip },
  async () => {
    const data = await mkdtemp(join(tmpdir(), 'trainyard-own-network-'))
    await using first = await serve(data)
    await put(first.clients, 'code/ask.py', ASKING)
    const name = await submit(first.clients, 'python3 /opt/ml/input/data/code/ask.py', {
      InputDataConfig: [channelOf(first.clients, 'code', 'code/')],
      ResourceConfig: TWO,
    })
    await printed(first.clients, name, '3 403')
    await first.end('SIGKILL')
    process.kill(agentPid(data), 'SIGKILL')
    const before = Math.max(...readAnswers(data))
    await using second = await serve(data)
    await printed(second.clients, name, `${before + 5} 403`)
    const [job = ''] = readdirSync(join(data, 'jobs'))
    for (const host of ['algo-1', 'algo-2']) writeFileSync(join(data, 'jobs', job, '1', host, 'ml/output/end'), '')
    assert.equal(statusesOf(await ended(second.clients, name)).at(-1), 'Completed')
    while (existsSync(join(data, 'jobs', job))) await linesOf(second.clients, name)
    await second.end('SIGTERM')
    await removeDataFolder(data)
    assert.deepEqual(processesIn(data), [])
  },
)

/** How many answers each instance has had. */
function readAnswers(data: string): number[] {
  const logs = execFileSync(
    'sh',
    ['-c', `find '${join(data, 'logs')}' -type f ! -name '*.idx' -exec grep -c 403 {} +`],
    {
      encoding: 'utf8',
    },
  )
  return [...logs.matchAll(/(\d+)$/gm)].map(([, count]) => Number(count))
}
