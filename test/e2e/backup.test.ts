import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { EXIT_CODES } from '../../src/cli/exit-codes.ts'
import { PROGRAM, trainyard } from '../cli/program.ts'
import { atEnd } from '../support/at-end.ts'
import { removeDataFolder } from '../support/remove-data-folder.ts'
import { describe, ended, get, linesOf, printed, submit, type Clients } from './clients.ts'
import { serveUntilEnd } from './server-process.ts'

interface BackedUp {
  readonly copied: { readonly files: number; readonly bytes: number }
  readonly objects: { readonly blobs: number; readonly bytes: number }
}

/** Folders for two servers, `data` and `restored`, and for a backup. */
function places(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'trainyard-backup-'))
  const [data, backup, restored] = [join(root, 'data'), join(root, 'backup'), join(root, 'restored')]
  atEnd(t, async () => {
    for (const folder of [data, restored]) await removeDataFolder(folder)
    rmSync(root, { recursive: true })
  })
  return { root, data, backup, restored }
}

async function backUp(data: string, target: string): Promise<BackedUp> {
  const { code, stdout, stderr } = await trainyard(['backup', target, '--data', data, '--json'])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as BackedUp
}

async function put({ s3, bucket }: Clients, key: string, text: string): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text }))
}

test('A backup of a server at work restores every job, log and object; what ran then has failed', async (t) => {
  const { data, backup, restored } = places(t)
  const server = await serveUntilEnd(t, data)
  const { clients } = server
  const done = await submit(clients, 'echo one; echo two; echo model > /opt/ml/model/m')
  await ended(clients, done)
  const running = await submit(clients, 'echo begun; while [ ! -e /opt/ml/output/end ]; do sleep 0.1; done')
  await printed(clients, running, 'begun')
  await put(clients, 'kept', 'kept')
  await trainyard(['keys', 'create', '--kind', 'read-only', '--data', data])
  const plan = { kind: 'simulate', name: 'long', text: 'run 5d' }
  writeFileSync(join(data, 'plans.json'), JSON.stringify({ version: 1, plans: [plan] }), { mode: 0o600 })

  // Objects that come, change and go all the while: whatever the index of the backup names must be whole.
  let going = true
  const churn = (async () => {
    for (let turn = 0; going; turn++) await put(clients, `churn/${turn % 5}`, `${turn % 5} `.repeat(1000 + turn))
  })()
  mkdirSync(backup, { mode: 0o755 })
  await backUp(data, backup)
  going = false
  await churn
  for (const file of ['store.db', 'objects/index.db', 'keys.json', 'plans.json'])
    assert.equal(statSync(join(backup, file)).mode & 0o777, 0o600, file)

  const { code, stdout, stderr } = await trainyard(['restore', backup, '--data', restored])
  assert.equal(code, 0, stderr)
  assert.match(stdout, /restored is restored as it was on .*:\n\d+ files/)
  for (const file of ['identity.json', 'keys.json', 'plans.json'])
    assert.equal(readFileSync(join(restored, file), 'utf8'), readFileSync(join(data, file), 'utf8'))
  assert.equal(statSync(join(restored, 'identity.json')).mode & 0o777, 0o600)

  const again = await serveUntilEnd(t, restored)
  assert.deepEqual(
    (await describe(again.clients, done)).SecondaryStatusTransitions,
    (await describe(clients, done)).SecondaryStatusTransitions,
  )
  assert.deepEqual(await linesOf(again.clients, done), ['one', 'two'])
  assert.ok((await get(again.clients, `out/${done}/output/model.tar.gz`)).length > 0)
  assert.equal((await get(again.clients, 'kept')).toString(), 'kept')
  for (const turn of [0, 1, 2, 3, 4]) {
    const object = await get(again.clients, `churn/${turn}`).catch(() => Buffer.from(`${turn} `))
    assert.match(object.toString(), new RegExp(`^(${turn} )+$`))
  }
  const lost = await ended(again.clients, running)
  assert.equal(lost.TrainingJobStatus, 'Failed')
  assert.match(lost.FailureReason ?? '', /^InternalServerError/)
  assert.deepEqual(await linesOf(again.clients, running), ['begun'])
  for (const job of readdirSync(join(data, 'jobs'))) {
    const output = join(data, 'jobs', job, '1/algo-1/ml/output')
    if (existsSync(output)) writeFileSync(join(output, 'end'), '')
  }
  await ended(clients, running)
})

test('A backup into the same folder again copies what is new and drops what has gone', async (t) => {
  const { data, backup, restored } = places(t)
  const server = await serveUntilEnd(t, data)
  await put(server.clients, 'large', 'x'.repeat(100_000))
  await put(server.clients, 'changed', 'before')
  const first = await backUp(data, backup)
  assert.ok(first.copied.bytes > 100_000)
  await put(server.clients, 'changed', 'after')
  const second = await backUp(data, backup)
  assert.ok(second.copied.bytes < 1000, JSON.stringify(second))
  assert.equal(second.objects.blobs, 2)
  const blobs = readdirSync(join(backup, 'objects/blobs'), { recursive: true, withFileTypes: true })
  assert.equal(blobs.filter((entry) => entry.isFile()).length, 2)
  assert.equal(await server.end('SIGTERM'), 0)

  // Without a server as well.
  await backUp(data, backup)
  await trainyard(['restore', backup, '--data', restored])
  const again = await serveUntilEnd(t, restored)
  assert.equal((await get(again.clients, 'changed')).toString(), 'after')
})

test('In a terminal nothing that a backup or a restore has said is taken away again', async (t) => {
  const { data, backup, restored } = places(t)
  const server = await serveUntilEnd(t, data)
  await put(server.clients, 'key', 'value')
  for (const args of [
    ['backup', backup, '--data', data],
    ['restore', backup, '--data', restored],
  ]) {
    const said = inTerminal(args)
    assert.match(said, /copying/)
    const result = said.slice(said.indexOf(args[0] === 'backup' ? 'is backed up' : 'is restored'))
    assert.match(result, /: \S*trainyard (restore|serve)/)
    assert.ok(!result.includes('\u001B'), JSON.stringify(said))
  }
})

/** What the program writes to a terminal of its own. */
function inTerminal(args: readonly string[]): string {
  const python = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))'
  const env = { ...process.env, TERM: 'xterm', NO_COLOR: '1' }
  const command = ['-c', python, process.execPath, PROGRAM, ...args]
  const { status, stdout, stderr } = spawnSync('python3', command, { encoding: 'utf8', env, input: '' })
  assert.equal(status, 0, stdout + stderr)
  return stdout
}

test('What is no whole backup, a folder in use and a backup into itself are refused, and nothing is touched', async (t) => {
  const { root, data, backup, restored } = places(t)
  const server = await serveUntilEnd(t, data)
  await put(server.clients, 'key', 'value')
  await backUp(data, backup)
  const foreign = join(root, 'foreign')
  mkdirSync(foreign)
  writeFileSync(join(foreign, 'diary.txt'), 'mine')
  const cases: readonly [readonly string[], RegExp][] = [
    [['restore', backup, '--data', data], /is the data folder of the server at http/],
    [['restore', backup, '--data', foreign], /foreign is not empty/],
    [['restore', foreign, '--data', restored], /foreign is no backup of Trainyard/],
    [['backup', foreign, '--data', data], /holds other files and no backup/],
    [['backup', join(data, 'backup'), '--data', data], /cannot lie in it or around it/],
    [['backup', join(root, 'new'), '--data', foreign], /is not the data folder of a server/],
  ]
  for (const [args, text] of cases) {
    const { code, stderr } = await trainyard(args)
    assert.equal(code, EXIT_CODES.error.code, args.join(' '))
    assert.match(stderr, text)
  }
  assert.deepEqual(readdirSync(foreign), ['diary.txt'])

  const file = join(backup, 'backup.json')
  writeFileSync(file, readFileSync(file, 'utf8').replace('"complete": true', '"complete": false'))
  assert.match((await trainyard(['restore', backup, '--data', restored])).stderr, /was cut off before it was whole/)
  await backUp(data, backup)
  assert.equal((await trainyard(['restore', backup, '--data', restored])).code, 0)
  writeFileSync(join(restored, 'restoring'), '')
  assert.match((await trainyard(['serve', '--data', restored])).stderr, /The restore of .* was cut off/)
})
