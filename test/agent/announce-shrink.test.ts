import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { announceShrink, shrinkLine } from '../../src/agent/announce-shrink.ts'
import { gpuVariables } from '../../src/agent/environment.ts'
import { resources } from '../support/resources.ts'

const SHRUNK = { ...resources(), instanceType: 'ml.p3.8xlarge', cpus: 1.5, memory: 6 * 2 ** 30, gpus: [2] }
const TYPE = { cpus: 32, memory: 244 * 2 ** 30, gpus: 4 }

test('The log of a shrunk instance begins with what its type has and what it gets', () => {
  assert.equal(
    shrinkLine({ ...SHRUNK, typeHas: TYPE }),
    '[trainyard] ml.p3.8xlarge has 32 processors, 244 GiB, 4 GPUs; here it gets 1.5 processors, 6 GiB, 1 GPU\n',
  )
  assert.match(
    shrinkLine({ ...SHRUNK, cpus: 1, gpus: [], typeHas: TYPE }) ?? '',
    /here it gets 1 processor, 6 GiB, no GPUs\n$/,
  )
  assert.equal(shrinkLine(SHRUNK), undefined)
})

test('A log that has begun is not announced again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-shrink-'))
  const file = join(folder, 'log')
  const log = openSync(file, 'a')
  try {
    announceShrink(log, { ...SHRUNK, typeHas: TYPE })
    announceShrink(log, { ...SHRUNK, typeHas: TYPE })
    assert.equal(readFileSync(file, 'utf8').split('\n').length, 2)
  } finally {
    closeSync(log)
    rmSync(folder, { recursive: true })
  }
})

test('An instance sees the GPUs that it was given, none where it was given none, and nothing is said on a machine without', () => {
  assert.deepEqual(gpuVariables([1, 3], true), {
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    CUDA_VISIBLE_DEVICES: '1,3',
    NVIDIA_VISIBLE_DEVICES: '1,3',
  })
  assert.equal(gpuVariables([], true)['CUDA_VISIBLE_DEVICES'], '')
  assert.equal(gpuVariables([], true)['NVIDIA_VISIBLE_DEVICES'], 'none')
  assert.deepEqual(gpuVariables([], false), {})
})
