import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseGpuUsage } from '../../src/agent/gpu-usage.ts'

test('the use of several GPUs is added up', () => {
  assert.deepEqual(parseGpuUsage('97, 8192, 16384\n3, 0, 16384\n'), { gpu: 100, gpuMemory: 50 })
  assert.deepEqual(parseGpuUsage('0, 1, 4\n'), { gpu: 0, gpuMemory: 25 })
})

test('what a driver does not say is not guessed', () => {
  for (const text of ['', 'No devices were found\n', '[N/A], 1, 2\n', '5, 1\n'])
    assert.equal(parseGpuUsage(text), undefined)
})
