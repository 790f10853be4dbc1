import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { removeEmptyJobs } from '../../src/agent/remove-instance.ts'

test('an agent removes the empty folders that one killed while it removed an instance left, and no others', async () => {
  const data = await mkdtemp(join(tmpdir(), 'trainyard-removed-'))
  await removeEmptyJobs(data)
  for (const folder of ['empty', 'attempt/1', 'attempts/1', 'attempts/2/algo-1', 'host/1/algo-1'])
    await mkdir(join(data, 'jobs', folder), { recursive: true })
  await writeFile(join(data, 'jobs/host/1/algo-1/order.json'), '{}')
  await removeEmptyJobs(data)
  const left = await readdir(join(data, 'jobs'), { recursive: true })
  assert.deepEqual(left.toSorted(), [
    'attempts',
    'attempts/2',
    'attempts/2/algo-1',
    'host',
    'host/1',
    'host/1/algo-1',
    'host/1/algo-1/order.json',
  ])
  await rm(data, { recursive: true })
})
