import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as shapes from '../../src/protocol/shapes/instance-types.ts'
import { instanceTypeFacts, isInstanceType } from '../../src/scheduler/instance-types.ts'

const { enum: types } = shapes.TrainingInstanceType as unknown as { readonly enum: readonly string[] }

test('every instance type of training jobs is in the catalogue', () => {
  assert.ok(types.length > 150)
  assert.deepEqual(
    types.filter((type) => !isInstanceType(type)),
    [],
  )
})

test('what a type has is plausible: memory for its processors, GPUs only in families that have them, more in a larger size', () => {
  for (const type of types) {
    const { cpus, memory, gpus, accelerated } = instanceTypeFacts(type)
    const [, family = '', size = ''] = type.split('.')
    const perCpu = memory / cpus / 2 ** 30
    assert.ok(cpus >= 2 && cpus <= 192 && cpus % 2 === 0, `${type}: ${cpus} processors`)
    assert.ok(perCpu >= 1.5 && perCpu <= 22, `${type}: ${perCpu} GiB a processor`)
    assert.equal(accelerated, /^(p|g|trn|inf)/.test(family), type)
    assert.equal(gpus > 0, /^(p|g)/.test(family), type)
    const times = /^(\d+)xlarge$/.exec(size)?.[1]
    if (times && type !== 'ml.c4.8xlarge') assert.equal(cpus, Number(times) * 4, type)
    for (const other of types.filter((name) => name.startsWith(`ml.${family}.`)))
      if (instanceTypeFacts(other).cpus > cpus) assert.ok(instanceTypeFacts(other).memory > memory, `${type}, ${other}`)
  }
})

test('some types as EC2 describes them', () => {
  const GIB = 2 ** 30
  assert.deepEqual(instanceTypeFacts('ml.m5.large'), { cpus: 2, memory: 8 * GIB, gpus: 0, accelerated: false })
  assert.deepEqual(instanceTypeFacts('ml.p5.48xlarge'), { cpus: 192, memory: 2048 * GIB, gpus: 8, accelerated: true })
  assert.deepEqual(instanceTypeFacts('ml.g5.12xlarge'), { cpus: 48, memory: 192 * GIB, gpus: 4, accelerated: true })
  assert.deepEqual(instanceTypeFacts('ml.trn1.2xlarge'), { cpus: 8, memory: 32 * GIB, gpus: 0, accelerated: true })
})

test('a type of a later version counts as one processor', () => {
  for (const unknown of ['ml.z9.large', '', 'toString'])
    assert.deepEqual(instanceTypeFacts(unknown), { cpus: 1, memory: 2 ** 30, gpus: 0, accelerated: false })
})
