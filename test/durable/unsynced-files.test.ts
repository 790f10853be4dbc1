import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { systemDurableFiles, unsyncedFiles, type DurableFiles } from '../../src/durable/durable-files.ts'

/** How often a file of this process is synced while work goes on: every file is of one class. */
async function syncsOf(t: TestContext, work: () => Promise<unknown>): Promise<number> {
  const file = await open(import.meta.filename)
  const FileHandle = Object.getPrototypeOf(file) as { sync(): Promise<void> }
  await file.close()
  const sync = t.mock.method(FileHandle, 'sync')
  await work()
  const count = sync.mock.callCount()
  sync.mock.restore()
  return count
}

async function use(files: DurableFiles, folder: string): Promise<void> {
  const file = join(folder, 'file')
  await files.write(file, 'old', { mode: 0o640 })
  await files.write(file, 'new', { mode: 0o640 })
  assert.equal(await files.create(file, 'another'), false)
  assert.equal(await files.create(join(folder, 'made'), 'made'), true)
  await files.sync(file)
  await files.flush(folder)
  await files.remove(join(folder, 'made'))
  await files.remove(join(folder, 'made'))
}

test('files that go with their process are written as all others are, and nothing waits for the disk', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-unsynced-'))
  t.after(() => rmSync(folder, { recursive: true }))
  chmodSync(folder, 0o700)
  assert.equal(await syncsOf(t, () => use(unsyncedFiles, folder)), 0)
  assert.deepEqual(readdirSync(folder), ['file'])
  assert.equal(readFileSync(join(folder, 'file'), 'utf8'), 'new')
  assert.equal(statSync(join(folder, 'file')).mode & 0o777, 0o640)
  assert.ok((await syncsOf(t, () => use(systemDurableFiles, folder))) >= 8)
})
