import assert from 'node:assert/strict'
import { test } from 'node:test'
import { syncFinding } from '../../../src/cli/doctor/storage.ts'

test('What a sync costs is told in whole milliseconds, and missed where the disk is slow', () => {
  const told = [0.2, 10, 30, 140].map((milliseconds) => {
    const { had, detail } = syncFinding(milliseconds)
    return [had, detail]
  })
  assert.deepEqual(told, [
    [true, 'under 1 ms to put a record on the disk'],
    [true, '10 ms to put a record on the disk'],
    [false, '30 ms to put a record on the disk'],
    [false, '0.1 s to put a record on the disk'],
  ])
})
