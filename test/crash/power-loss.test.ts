import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { durableFilesOn } from '../../src/durable/durable-files.ts'
import { Seeded } from '../support/seeded.ts'
import { LosingDisk } from './losing-disk.ts'
import { runPowerLoss } from './power-loss.ts'

test('what has been answered survives a loss of power at every call that is made for it, and nothing is found in part', async () => {
  const [row] = await runPowerLoss({ losses: 2, seed: 1 })
  assert.deepEqual(row?.broken, [])
  assert.ok((row?.points ?? 0) > 400)
})

test('the disk that loses power forgets what was not synced, by whomever: a new name, the end of one, and bytes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-losing-'))
  await writeFile(join(folder, 'old'), 'old')
  const disk = new LosingDisk(folder, Number.MAX_SAFE_INTEGER)
  const file = await disk.open(join(folder, 'new'), 'w', 0o600)
  await file.writeFile('content')
  await disk.rename(join(folder, 'new'), join(folder, 'file'))
  await rm(join(folder, 'old'))
  await writeFile(join(folder, 'other'), 'written by somebody else')
  const { sync } = durableFilesOn(disk)
  const found = () => {
    const texts = new Map<string, Set<string | undefined>>()
    for (let seed = 0; seed < 100; seed++) {
      const survivors = disk.afterLoss(new Seeded(seed))
      for (const name of ['old', 'file', 'other'])
        texts.set(name, (texts.get(name) ?? new Set()).add(survivors.get(name)?.toString()))
    }
    return texts
  }
  await sync(join(folder, 'file'))
  disk.cut()
  const after = found()
  assert.deepEqual([...(after.get('file') ?? [])], ['content'])
  assert.deepEqual([...(after.get('old') ?? [])], [undefined])
  assert.ok(after.get('other')?.has('') && after.get('other')?.has('written by somebody else'))
  await rm(folder, { recursive: true })
})

test('a disk that lost power before anything was synced has any part of it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-losing-'))
  const disk = new LosingDisk(folder, Number.MAX_SAFE_INTEGER)
  await writeFile(join(folder, 'new'), 'content')
  await disk.rename(join(folder, 'new'), join(folder, 'file'))
  disk.cut()
  const found = new Set<string | undefined>()
  for (let seed = 0; seed < 100; seed++) found.add(disk.afterLoss(new Seeded(seed)).get('file')?.toString())
  assert.ok(found.has(undefined) && found.has('') && found.has('content'))
  await rm(folder, { recursive: true })
})
