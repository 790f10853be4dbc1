import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { onceSettled } from '../../../src/cli/server/once-settled.ts'
import { RealClock } from '../../../src/clock/real-clock.ts'
import { VirtualClock } from '../../../src/clock/virtual-clock.ts'
import { openDataFolder } from '../../../src/data-folder/data-folder.ts'
import { systemDurableFiles as durable } from '../../../src/durable/durable-files.ts'
import { untilInFolder } from '../../../src/util/until-in-folder.ts'
import { atEnd } from '../../support/at-end.ts'
import { ended, start, trainyard } from '../program.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const NOON = Date.UTC(2026, 0, 1, 12)

test('A folder in use is tried again as soon as its server says where it listens, without any time', async (t) => {
  const path = join(temporaryFolder(t), 'data')
  const starting = await openDataFolder({ path, durable })
  atEnd(t, () => starting.close())
  const clock = new VirtualClock(NOON)
  const refused = Promise.withResolvers<void>()
  let announced = false
  const waiting = onceSettled({ clock }, path, async () => {
    if (announced) return 'the server'
    refused.resolve()
    return (await openDataFolder({ path, durable })).close()
  })
  await refused.promise
  announced = true
  await starting.announce({ url: 'http://127.0.0.1:1', host: '127.0.0.1', port: 1, startedAt: '2026-01-01T12:00:00Z' })
  assert.equal(await waiting, 'the server')
  assert.equal(clock.monotonic(), 0)
})

test('A folder whose server never says so is refused in the end', async (t) => {
  const path = join(temporaryFolder(t), 'data')
  const silent = await openDataFolder({ path, durable })
  atEnd(t, () => silent.close())
  const clock = new VirtualClock(NOON)
  const attempt = async () => (await openDataFolder({ path, durable })).close()
  const refusal = assert.rejects(onceSettled({ clock }, path, attempt), { code: 'InUse' })
  let over = false
  void refusal.finally(() => (over = true))
  while (!over) await clock.advance(100)
  await refusal
  assert.ok(clock.monotonic() >= 30_000, `${clock.monotonic()} ms`)
})

test('What has nothing to do with a server that starts is not tried again', async (t) => {
  const path = temporaryFolder(t)
  mkdirSync(join(path, 'photos'))
  writeFileSync(join(path, 'letter.txt'), '')
  let attempts = 0
  const attempt = async () => {
    attempts += 1
    return (await openDataFolder({ path, durable })).close()
  }
  await assert.rejects(onceSettled({ clock: new VirtualClock(NOON) }, path, attempt), { code: 'NotOurs' })
  assert.equal(attempts, 1)
})

test('A command that comes while the server of its folder starts is served by it', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  mkdirSync(data)
  const server = start(['serve', '--data', data, '--port', '0', '--runtime', 'simulated'])
  const end = ended(server)
  atEnd(t, () => void server.kill('SIGTERM'))
  // From here on the folder is in use; where the server listens it says later.
  await untilInFolder(data, { clock: new RealClock() }, () => existsSync(join(data, 'lock.db')) || undefined)
  const { code, stdout, stderr } = await trainyard(['keys', 'list', '--json', '--data', data])
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  assert.equal((JSON.parse(stdout) as readonly unknown[]).length, 1)
  server.kill('SIGTERM')
  assert.equal((await end).code, 0)
})
