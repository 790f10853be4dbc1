import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readRecord, writeRecord } from '../../src/agent/instance-folder.ts'

test('a record of an instance that a loss of power left empty or torn counts as not written', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-record-'))
  const file = join(folder, 'launched.json')
  writeRecord(file, { at: 1 })
  assert.deepEqual(readRecord(file), { version: 1, at: 1 })
  for (const left of ['', '{"version":1,"a']) {
    await writeFile(file, left)
    assert.equal(readRecord(file), undefined)
  }
  await rm(folder, { recursive: true })
})
