import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { removeDataFolder } from '../support/remove-data-folder.ts'
import { agentPid, serve, type ServerProcess } from './server-process.ts'
import { ended, get, inStage, linesOf, printed, statusesOf, submit } from './clients.ts'

const FIVE_STAGES = ['Starting', 'Downloading', 'Training', 'Uploading', 'Completed']
/** Counts until it is told to end, whatever happens to the server meanwhile. */
const COUNTING =
  'i=0; while [ ! -e /opt/ml/output/end ]; do i=$((i+1)); echo $i; sleep 0.1; done; echo done > /opt/ml/model/m'

async function dataFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'trainyard-restart-'))
  return { path, [Symbol.asyncDispose]: () => removeDataFolder(path) }
}

/** Folder of the only instance in a data folder. */
async function instanceFolder(data: string): Promise<string> {
  const [job = ''] = await readdir(join(data, 'jobs'))
  return join(data, 'jobs', job, '1/algo-1')
}

async function endCounting(data: string): Promise<void> {
  await writeFile(join(await instanceFolder(data), 'ml/output/end'), '')
}

/** The job is whole: every stage once, its command ran once, its log has every line, its model is there. */
async function assertWhole(server: ServerProcess, name: string): Promise<void> {
  const job = await ended(server.clients, name)
  assert.deepEqual(statusesOf(job), FIVE_STAGES, job.FailureReason)
  const lines = await linesOf(server.clients, name)
  assert.deepEqual(
    lines,
    lines.map((_, index) => String(index + 1)),
  )
  assert.ok((await get(server.clients, `out/${name}/output/model.tar.gz`)).length > 0)
  const transitions = job.SecondaryStatusTransitions ?? []
  for (const [index, element] of transitions.slice(0, -1).entries()) {
    assert.deepEqual(element.EndTime, transitions[index + 1]?.StartTime)
  }
}

test('a server that is killed while a job trains finds it again at the same address, and nothing runs twice', async () => {
  await using data = await dataFolder()
  await using first = await serve(data.path)
  const name = await submit(first.clients, COUNTING)
  await printed(first.clients, name, '2')
  await first.end('SIGKILL')
  await using second = await serve(data.path)
  assert.equal(second.url, first.url)
  await endCounting(data.path)
  await assertWhole(second, name)
  assert.equal(await second.end('SIGTERM'), 0)
})

test('a job that ends while no server is there is Completed by the next one', async () => {
  await using data = await dataFolder()
  await using first = await serve(data.path)
  const name = await submit(first.clients, COUNTING)
  await printed(first.clients, name, '9')
  await first.end('SIGKILL')
  const folder = await instanceFolder(data.path)
  await endCounting(data.path)
  // The command's own end, not time, is waited for: its waiter writes it down.
  while (!(await readFile(join(folder, 'status'), 'utf8')).includes('exit-code'));
  await using second = await serve(data.path)
  await assertWhole(second, name)
  await second.end('SIGTERM')
})

test('the agent may be killed, alone and with its server', async () => {
  await using data = await dataFolder()
  await using first = await serve(data.path)
  const name = await submit(first.clients, COUNTING)
  await printed(first.clients, name, '2')
  process.kill(agentPid(data.path), 'SIGKILL')
  await printed(first.clients, name, '4')
  await first.end('SIGKILL')
  process.kill(agentPid(data.path), 'SIGKILL')
  await using second = await serve(data.path)
  await endCounting(data.path)
  await assertWhole(second, name)
  await second.end('SIGTERM')
})

test('SIGTERM ends a server cleanly while its job goes on', async () => {
  await using data = await dataFolder()
  await using first = await serve(data.path)
  const name = await submit(first.clients, COUNTING)
  await printed(first.clients, name, '1')
  assert.equal(await first.end('SIGTERM'), 0)
  await using second = await serve(data.path)
  await endCounting(data.path)
  await assertWhole(second, name)
  await second.end('SIGINT')
})

test('a server that is killed at many moments of many jobs loses none and runs none twice', async () => {
  await using data = await dataFolder()
  const names: string[] = []
  for (let round = 0; round < 6; round++) {
    await using server = await serve(data.path)
    const script = 'echo began; echo done > /opt/ml/model/m'
    for (let number = 0; number < 4; number++)
      names.push(await submit(server.clients, script, { TrainingJobName: `r${round}-${number}` }))
    // As soon as the last one is on its way, wherever the others are.
    if (round % 2 === 1) await inStage(server.clients, `r${round}-0`, 'Completed')
    await server.end('SIGKILL')
  }
  await using last = await serve(data.path)
  for (const name of names) {
    const job = await ended(last.clients, name)
    assert.deepEqual(statusesOf(job), FIVE_STAGES, `${name}: ${job.FailureReason}`)
    assert.deepEqual(await linesOf(last.clients, name), ['began'], name)
  }
  await last.end('SIGTERM')
  assert.deepEqual(await readdir(join(data.path, 'jobs')), [])
})

test('after a restart of the machine a job that ran ends Failed as a platform fault', async () => {
  await using data = await dataFolder()
  await using first = await serve(data.path)
  const name = await submit(first.clients, 'echo began; exec sleep 600')
  await printed(first.clients, name, 'began')
  await first.end('SIGKILL')
  process.kill(agentPid(data.path), 'SIGKILL')
  const folder = await instanceFolder(data.path)
  const [, ...rest] = (await readFile(join(folder, 'waiter'), 'utf8')).split('\n')
  // What a machine that was started again would show: another boot id than the one that was written down.
  await writeFile(join(folder, 'waiter'), ['00000000-0000-4000-8000-000000000000', ...rest].join('\n'))
  const pid = Number(/"child-pid": (\d+)/.exec(await readFile(join(folder, 'status'), 'utf8'))?.[1])
  await using second = await serve(data.path)
  const job = await ended(second.clients, name)
  process.kill(pid, 'SIGKILL')
  assert.equal(job.FailureReason, 'InternalServerError: We encountered an internal error. Please try again.')
  assert.deepEqual(statusesOf(job), ['Starting', 'Downloading', 'Training', 'Failed'])
  await second.end('SIGTERM')
})

test('a second server on the same folder is refused and told who has it', async () => {
  await using data = await dataFolder()
  await using server = await serve(data.path)
  const program = join(import.meta.dirname, '../../bin/trainyard')
  const second = spawnSync(process.execPath, [program, 'serve', '--data', data.path, '--port', '0'], {
    encoding: 'utf8',
  })
  assert.equal(second.status, 1)
  assert.match(second.stderr, new RegExp(`in use by .*${server.url}`))
  await server.end('SIGTERM')
})

test('nothing of a job is left on the machine when it has ended', async () => {
  await using data = await dataFolder()
  await using server = await serve(data.path)
  const name = await submit(server.clients, '(setsid sleep 1000 &) ; (sleep 1000 &) ; echo began')
  await ended(server.clients, name)
  await server.end('SIGTERM')
  const mounts = await readFile('/proc/self/mounts', 'utf8')
  assert.ok(!mounts.includes(data.path), 'a mount is left')
  const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
  assert.ok(!processes.includes('sleep 1000'), 'a process is left')
})
