import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { systemDurableFiles, type DurableFiles } from '../../src/durable/durable-files.ts'
import { AccessKeys } from '../../src/identity/access-keys.ts'
import { IdentityError } from '../../src/identity/identity.ts'
import { systemIds } from '../../src/util/ids.ts'

const NOW = Date.UTC(2026, 0, 2)

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-keys-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

function load(folder: string, durable: DurableFiles = systemDurableFiles): Promise<AccessKeys> {
  return AccessKeys.load({ folder, durable, ids: systemIds() })
}

test('Keys made at once are all there, also for the next server, in a file for its owner only', async (t) => {
  const folder = newFolder(t)
  const keys = await load(folder)
  const wanted = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? ('owner' as const) : ('read-only' as const)))
  const made = await Promise.all(wanted.map((kind) => keys.create({ account: '111122223333', kind, now: NOW })))
  assert.equal(new Set(made.map(({ accessKeyId }) => accessKeyId)).size, 20)
  for (const key of made) {
    assert.match(key.accessKeyId, /^AKIA[A-Z2-7]{16}$/)
    assert.match(key.secretAccessKey, /^[\w+/]{40}$/)
  }
  assert.deepEqual((await load(folder)).list(), made)
  assert.equal(statSync(join(folder, 'keys.json')).mode & 0o777, 0o600)
})

test('A revoked key is gone at once and for good', async (t) => {
  const folder = newFolder(t)
  const keys = await load(folder)
  const key = await keys.create({ account: '111122223333', kind: 'owner', now: NOW })
  assert.deepEqual(keys.find(key.accessKeyId), key)
  assert.deepEqual(await Promise.all([keys.revoke(key.accessKeyId), keys.revoke(key.accessKeyId)]), [true, false])
  assert.equal(keys.find(key.accessKeyId), undefined)
  assert.deepEqual((await load(folder)).list(), [])
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
  assert.deepEqual(keys.list(), [])
  full = false
  await keys.create({ account: '111122223333', kind: 'owner', now: NOW })
  assert.equal(keys.list().length, 1)
})

test('A file of keys that is not ours stops the start, and stays as it is', async (t) => {
  const folder = newFolder(t)
  for (const text of ['{', '[]', '{"version":2,"keys":[]}', '{"version":1,"keys":[{"accessKeyId":"AKIA"}]}']) {
    writeFileSync(join(folder, 'keys.json'), text)
    await assert.rejects(load(folder), (error) => error instanceof IdentityError && /keys\.json/.test(error.message))
    assert.equal(readFileSync(join(folder, 'keys.json'), 'utf8'), text)
  }
})
