import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { StopTrainingJobCommand, type CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker'
import { needsJobNetwork } from '../support/needs-job-network.ts'
import { removeDataFolder } from '../support/remove-data-folder.ts'
import { channelOf, ended, get, linesOf, put, statusesOf, submit, type Clients } from './clients.ts'
import { serve } from './server-process.ts'
import { startTestServer, workspaces, type TestServer } from './test-server.ts'

const FIVE_STAGES = ['Starting', 'Downloading', 'Training', 'Uploading', 'Completed']
const NEEDS = await needsJobNetwork()
const TWO = { InstanceType: 'ml.m5.large', InstanceCount: 2, VolumeSizeInGB: 1 } as const

/**
 * Each instance listens on the port that its peer listens on too, finds the peer by its name, tells it its own, and says what came. Then it asks this server
 * for an object, as far as it was told where that is.
 */
const TALK = `
import json, os, socket, time, urllib.request, urllib.error
config = json.load(open('/opt/ml/input/config/resourceconfig.json'))
me = config['current_host']
(peer,) = [host for host in config['hosts'] if host != me]
server = socket.create_server(('', 7777))
while True:
    try:
        out = socket.create_connection((peer, 7777), 5)
        break
    except OSError:
        time.sleep(0.05)
out.sendall(me.encode()); out.close()
heard = server.accept()[0].makefile().read()
print(me, 'heard', heard, 'by', config['network_interface_name'], sorted(os.listdir('/sys/class/net')))
def answers(url):
    try:
        urllib.request.urlopen(url, timeout=5)
        return True
    except urllib.error.HTTPError as error:
        return error.code == 403
    except OSError:
        return False
print(me, 'told', 'AWS_ENDPOINT_URL' in os.environ, 'keys', 'AWS_ACCESS_KEY_ID' in os.environ)
print(me, 'server', answers(os.environ.get('AWS_ENDPOINT_URL', 'http://10.0.2.1:8484') + '/'))
print(me, 'machine', answers(os.environ['MACHINE'] + '/'))
open('/opt/ml/model/' + me, 'w').write(heard)
open('/opt/ml/output/data/' + me, 'w').write(me)
`

let server: TestServer

before(async () => {
  server = await startTestServer({ configuration: 'keep: { failed: 0s }\nstop: { grace: 60s }\n' })
  await put(server, 'code/talk.py', TALK)
  await put(server, 'code/saves.sh', SAVES)
})
after(() => server[Symbol.asyncDispose]())

function submitTwo(to: Clients, script: string, request: Partial<CreateTrainingJobCommandInput> = {}): Promise<string> {
  return submit(to, script, { ResourceConfig: TWO, ...request })
}

async function names(key: string): Promise<string[]> {
  const listing = execFileSync('tar', ['-tz'], { input: await get(server, key), encoding: 'utf8' })
  return listing
    .split('\n')
    .map((line) => line.replace(/^\.\//, ''))
    .filter((line) => line !== '')
    .toSorted()
}

for (const isolated of [false, true]) {
  test(`two instances find each other by name, ${isolated ? 'isolated' : 'not isolated'}`, NEEDS, async () => {
    const name = await submitTwo(server, 'python3 /opt/ml/input/data/code/talk.py', {
      EnableNetworkIsolation: isolated,
      InputDataConfig: [channelOf(server, 'code', 'code/')],
      Environment: { MACHINE: server.app.url },
    })
    const job = await ended(server, name)
    const lines = (await linesOf(server, name)).toSorted()
    assert.deepEqual(statusesOf(job), FIVE_STAGES, `${job.FailureReason}\n${lines.join('\n')}`)
    const said = isolated ? 'False' : 'True'
    assert.deepEqual(lines, [
      "algo-1 heard algo-2 by eth0 ['eth0', 'lo']",
      'algo-1 machine False',
      `algo-1 server ${said}`,
      `algo-1 told ${said} keys ${said}`,
      "algo-2 heard algo-1 by eth0 ['eth0', 'lo']",
      'algo-2 machine False',
      `algo-2 server ${said}`,
      `algo-2 told ${said} keys ${said}`,
    ])
    assert.deepEqual(await names(`out/${name}/output/model.tar.gz`), ['algo-1', 'algo-2'])
    assert.deepEqual(await names(`out/${name}/output/output.tar.gz`), ['algo-1', 'algo-2'])
  })
}

/** What each of two instances does, by its name. */
function each(first: string, second: string): string {
  return `case $(hostname) in algo-1) ${first};; algo-2) ${second};; esac`
}

/** A script may be longer than the 256 characters that an argument has. */
const SAVES = "trap 'echo saved > /opt/ml/model/$(hostname); exit 0' TERM; echo began; while :; do sleep 0.05; done"
const RUN_SAVES = 'exec sh /opt/ml/input/data/code/saves.sh'
const UNTIL_TOLD = 'echo began; while [ ! -e /opt/ml/output/end ]; do sleep 0.05; done'

async function bothBegan(of: Clients, name: string): Promise<void> {
  // Until the first stream exists there is no group either.
  while ((await linesOf(of, name).catch((): string[] => [])).length < 2);
}

/** Tells one instance of the newest job to go on to its end. @returns its folder */
async function release(data: string, host: string): Promise<string> {
  const jobs = await readdir(join(data, 'jobs'))
  const folder = join(data, 'jobs', jobs.toSorted().at(-1) ?? '', '1', host)
  await writeFile(join(folder, 'ml/output/end'), '')
  return folder
}

test(
  'the instance that fails first decides: the other saves what it has, and its own end does not matter',
  NEEDS,
  async () => {
    const fails = `${UNTIL_TOLD}; echo the cause > /opt/ml/output/failure; exit 3`
    const name = await submitTwo(server, each(RUN_SAVES, fails), {
      InputDataConfig: [channelOf(server, 'code', 'code/')],
    })
    await bothBegan(server, name)
    await release(server.data, 'algo-2')
    const job = await ended(server, name)
    assert.deepEqual(statusesOf(job), ['Starting', 'Downloading', 'Training', 'Uploading', 'Failed'])
    assert.equal(job.FailureReason, 'AlgorithmError: the cause, exit code: 3')
    assert.deepEqual(await names(`out/${name}/output/model.tar.gz`), ['algo-1'])
  },
)

test('a Stop reaches both instances, and what both have saved is uploaded', NEEDS, async () => {
  const name = await submitTwo(server, SAVES)
  await bothBegan(server, name)
  await server.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name }))
  const job = await ended(server, name)
  assert.equal(job.SecondaryStatus, 'Stopped')
  assert.deepEqual(await names(`out/${name}/output/model.tar.gz`), ['algo-1', 'algo-2'])
})

test('a host without a share of a sharded channel has an empty folder, the other one the object', NEEDS, async () => {
  await put(server, 'few/only.txt', 'x')
  const few = channelOf(server, 'few', 'few/')
  const sharded = { ...few.DataSource.S3DataSource, S3DataDistributionType: 'ShardedByS3Key' } as const
  const name = await submitTwo(server, 'echo $(hostname) $(ls /opt/ml/input/data/few | wc -l)', {
    InputDataConfig: [{ ChannelName: 'few', DataSource: { S3DataSource: sharded } }],
  })
  assert.equal((await ended(server, name)).TrainingJobStatus, 'Completed')
  assert.deepEqual((await linesOf(server, name)).toSorted(), ['algo-1 1', 'algo-2 0'])
})

test('nothing of several instances is left when their jobs are over', NEEDS, async () => {
  // The servers of tests above may still be removing the last one.
  await server.restart()
  while ((await workspaces(server)).length > 0) await server.restart()
  const mounts = await readFile('/proc/self/mounts', 'utf8')
  assert.ok(!mounts.includes(server.data), 'a mount is left')
})

async function dataFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'trainyard-several-'))
  return { path, [Symbol.asyncDispose]: () => removeDataFolder(path) }
}

async function exited(folder: string): Promise<void> {
  while (!(await readFile(join(folder, 'status'), 'utf8')).includes('exit-code'));
}

test('a server that is killed while two instances train finds both again', NEEDS, async () => {
  await using data = await dataFolder()
  await using first = await serve(data.path)
  const name = await submitTwo(first.clients, `${UNTIL_TOLD}; echo x > /opt/ml/model/$(hostname)`)
  await bothBegan(first.clients, name)
  await first.end('SIGKILL')
  await using second = await serve(data.path)
  await release(data.path, 'algo-2')
  await release(data.path, 'algo-1')
  const job = await ended(second.clients, name)
  assert.deepEqual(statusesOf(job), FIVE_STAGES, job.FailureReason)
  assert.deepEqual(await linesOf(second.clients, name), ['began', 'began'])
  await second.end('SIGTERM')
})

test('of two instances that failed while no server was there, the one that failed first decides', NEEDS, async () => {
  await using data = await dataFolder()
  await using first = await serve(data.path)
  const name = await submitTwo(first.clients, `${UNTIL_TOLD}; ${each('exit 1', 'exit 2')}`)
  await bothBegan(first.clients, name)
  await first.end('SIGKILL')
  await exited(await release(data.path, 'algo-2'))
  await exited(await release(data.path, 'algo-1'))
  await using second = await serve(data.path)
  assert.equal((await ended(second.clients, name)).FailureReason, 'AlgorithmError: , exit code: 2')
  await second.end('SIGTERM')
})
