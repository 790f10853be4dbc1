import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { systemDurableFiles, type DurableFiles } from '../../src/durable/durable-files.ts'
import { AccessKeys, type AccessKey } from '../../src/identity/access-keys.ts'
import { IdentityError, loadIdentity, readIdentity } from '../../src/identity/identity.ts'
import { systemIds } from '../../src/util/ids.ts'

const NOW = Date.UTC(2026, 0, 2)

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-keys-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

async function load(folder: string, durable: DurableFiles = systemDurableFiles): Promise<AccessKeys> {
  const parts = { folder, ids: systemIds() }
  const identity = await loadIdentity({ ...parts, durable: systemDurableFiles, region: 'us-east-1' })
  return AccessKeys.load({ ...parts, durable, identity })
}

const nothingRuns = () => Promise.resolve([])

/** The keys that were made beside the first one. */
function made(keys: AccessKeys): readonly AccessKey[] {
  return keys.list().filter((key) => key !== keys.first)
}

test('Keys made at once are all there, also for the next server, in a file for its owner only', async (t) => {
  const folder = newFolder(t)
  const keys = await load(folder)
  const wanted = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? ('owner' as const) : ('read-only' as const)))
  const created = await Promise.all(wanted.map((kind) => keys.create({ account: '111122223333', kind, now: NOW })))
  assert.equal(new Set(created.map(({ accessKeyId }) => accessKeyId)).size, 20)
  for (const key of created) {
    assert.match(key.accessKeyId, /^AKIA[A-Z2-7]{16}$/)
    assert.match(key.secretAccessKey, /^[\w+/]{40}$/)
  }
  assert.deepEqual(made(await load(folder)), created)
  assert.equal(statSync(join(folder, 'keys.json')).mode & 0o777, 0o600)
})

test('A revoked key is gone at once and for good', async (t) => {
  const folder = newFolder(t)
  const keys = await load(folder)
  const key = await keys.create({ account: '111122223333', kind: 'owner', now: NOW })
  assert.deepEqual(keys.find(key.accessKeyId), key)
  assert.deepEqual(await Promise.all([keys.revoke(key.accessKeyId), keys.revoke(key.accessKeyId)]), [true, false])
  assert.equal(keys.find(key.accessKeyId), undefined)
  assert.deepEqual(made(await load(folder)), [])
})

test('A key that the disk did not take does not exist, and the next one can be made', async (t) => {
  const folder = newFolder(t)
  let full = true
  const durable: DurableFiles = {
    ...systemDurableFiles,
    write: (...args) => (full ? Promise.reject(new Error('full')) : systemDurableFiles.write(...args)),
  }
  const keys = await load(folder, durable)
  await assert.rejects(keys.create({ account: '111122223333', kind: 'owner', now: NOW }), /full/)
  assert.deepEqual(made(keys), [])
  full = false
  await keys.create({ account: '111122223333', kind: 'owner', now: NOW })
  assert.equal(made(keys).length, 1)
})

test('A file of keys that is not ours stops the start, and stays as it is', async (t) => {
  const folder = newFolder(t)
  for (const text of ['{', '[]', '{"version":2,"keys":[]}', '{"version":1,"keys":[{"accessKeyId":"AKIA"}]}']) {
    writeFileSync(join(folder, 'keys.json'), text)
    await assert.rejects(load(folder), (error) => error instanceof IdentityError && /keys\.json/.test(error.message))
    assert.equal(readFileSync(join(folder, 'keys.json'), 'utf8'), text)
  }
})

test('A rotated first key has another in its place and is itself a key like others, which can be revoked', async (t) => {
  const folder = newFolder(t)
  const keys = await load(folder)
  const old = keys.first
  assert.equal(await keys.revoke(old.accessKeyId), false)
  const { first, replaced } = await keys.rotate(NOW, nothingRuns)
  assert.deepEqual(replaced, old)
  assert.notEqual(first.secretAccessKey, old.secretAccessKey)
  assert.deepEqual([first.account, first.kind, first.createdAt], [old.account, 'owner', '2026-01-02T00:00:00.000Z'])
  for (const life of [keys, await load(folder)]) {
    assert.deepEqual(life.list(), [first, old])
    assert.deepEqual([life.find(first.accessKeyId), life.find(old.accessKeyId)], [first, old])
  }
  assert.equal((await readIdentity(join(folder, 'identity.json')))?.secretAccessKey, first.secretAccessKey)
  assert.equal(await keys.revoke(old.accessKeyId), true)
  assert.deepEqual((await load(folder)).list(), [first])
})

test('A rotation that the disk cut off leaves the first key as it was, once, and can be done again', async (t) => {
  const folder = newFolder(t)
  let full = true
  const durable: DurableFiles = {
    ...systemDurableFiles,
    write: (path, ...rest) =>
      full && path.endsWith('identity.json')
        ? Promise.reject(new Error('full'))
        : systemDurableFiles.write(path, ...rest),
  }
  const keys = await load(folder, durable)
  const old = keys.first
  await assert.rejects(keys.rotate(NOW, nothingRuns), /full/)
  for (const life of [keys, await load(folder)]) assert.deepEqual(life.list(), [old])
  assert.equal(await keys.revoke(old.accessKeyId), false)
  full = false
  const { first } = await keys.rotate(NOW, nothingRuns)
  assert.deepEqual(keys.list(), [first, old])
})

test('A rotation gives sessions another secret, and keeps the one before as long as an attempt that began under it runs', async (t) => {
  const folder = newFolder(t)
  const keys = await load(folder)
  const { sessionKey: first } = keys.sessionSecrets
  const rotate = async (now: number, begun: readonly number[]) => {
    const { runningJobs } = await keys.rotate(now, () => Promise.resolve(begun))
    assert.equal(runningJobs, begun.length)
    const { sessionKey, replacedSessionKeys = [] } = (await load(folder)).sessionSecrets
    assert.deepEqual(
      [sessionKey, replacedSessionKeys],
      [keys.sessionSecrets.sessionKey, keys.sessionSecrets.replacedSessionKeys],
    )
    return { current: sessionKey, replaced: replacedSessionKeys }
  }
  const second = await rotate(NOW, [NOW - 5])
  assert.notEqual(second.current, first)
  assert.deepEqual(second.replaced, [{ sessionKey: first, replacedAt: new Date(NOW).toISOString() }])
  const third = await rotate(NOW + 20, [NOW - 5, NOW + 10])
  assert.deepEqual(
    third.replaced.map(({ sessionKey }) => sessionKey),
    [first, second.current],
  )
  // The first attempt has ended; and the clock was set back meanwhile.
  const fourth = await rotate(NOW - 100, [NOW + 10, NOW + 30])
  assert.deepEqual(
    fourth.replaced.map(({ sessionKey, replacedAt }) => [sessionKey, Date.parse(replacedAt)]),
    [
      [second.current, NOW + 20],
      [third.current, NOW + 30],
    ],
  )
  assert.deepEqual((await rotate(NOW + 50, [])).replaced, [])
})
