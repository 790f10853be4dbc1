import assert from 'node:assert/strict'
import { test } from 'node:test'
import { durableFilesOn } from '../../src/durable/durable-files.ts'
import { Seeded } from '../support/seeded.ts'
import { LosingDisk } from './losing-disk.ts'
import { runPowerLoss } from './power-loss.ts'

test('what a durable write has answered survives a loss of power at every call it makes, and nothing is found in part', async () => {
  const [row] = await runPowerLoss({ losses: 5, seed: 1 })
  assert.deepEqual(row?.broken, [])
  assert.ok((row?.points ?? 0) > 200)
})

test('the disk that loses power forgets what was not synced: a file renamed without a sync of its folder may be gone, or empty without one of its own', async () => {
  const disk = new LosingDisk('/folder', Number.MAX_SAFE_INTEGER)
  const file = await disk.open('/folder/new', 'w')
  await file.writeFile('content')
  await disk.rename('/folder/new', '/folder/file')
  const found = new Set<string | undefined>()
  for (let seed = 0; seed < 50; seed++) found.add(disk.afterLoss(new Seeded(seed)).get('/folder/file'))
  assert.ok(found.has(undefined) && found.has('') && found.has('content'))
  await durableFilesOn(disk).sync('/folder/file')
  for (let seed = 0; seed < 50; seed++) assert.equal(disk.afterLoss(new Seeded(seed)).get('/folder/file'), 'content')
})
