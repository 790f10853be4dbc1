import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placementLines } from '../../src/cli/job/placement-lines.ts'
import type { HostResources } from '../../src/lifecycle/placement.ts'

function linesOf(hosts: readonly HostResources[]) {
  return placementLines({ since: 0, spot: false, hosts })
}

const SMALL: HostResources = { host: 'algo-1', instanceType: 'ml.m5.large', cpus: 2, memory: 8 * 2 ** 30, gpus: [] }

test('an instance that has what its type has is told so', () => {
  assert.deepEqual(linesOf([SMALL]), [['algo-1', 'ml.m5.large: 2 processors, 8 GiB of memory']])
  const gpu = { ...SMALL, instanceType: 'ml.g5.xlarge', cpus: 1, gpus: [3] }
  assert.deepEqual(linesOf([gpu]), [['algo-1', 'ml.g5.xlarge: 1 processor, 8 GiB of memory, 1 GPU (3)']])
})

test('an instance that was made smaller is told how much', () => {
  const typeHas = { cpus: 96, memory: 1152 * 2 ** 30, gpus: 8 }
  assert.deepEqual(linesOf([{ ...SMALL, instanceType: 'ml.p4d.24xlarge', cpus: 0.666, gpus: [0, 1], typeHas }]), [
    [
      'algo-1',
      'ml.p4d.24xlarge, made smaller: 0.666 of 96 processors, 8 GiB of 1152 GiB of memory, 2 of 8 GPUs (0, 1)',
    ],
  ])
})

test('of many instances the first are shown and the rest are counted', () => {
  const lines = linesOf(Array.from({ length: 20 }, (_, index) => ({ ...SMALL, host: `algo-${index + 1}` })))
  assert.equal(lines.length, 9)
  assert.deepEqual(lines.at(-1), ['…', 'and 12 more'])
})
