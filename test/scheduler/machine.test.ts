import assert from 'node:assert/strict'
import { availableParallelism, totalmem } from 'node:os'
import { test } from 'node:test'
import { compileConfig } from '../../src/config/config.ts'
import { readYard, simulatedYard, type Probes } from '../../src/scheduler/machine.ts'

const probes: Probes = { cpus: () => 8, memory: () => 64, memoryLimit: () => 0, gpus: async () => '0\n1\n3\n' }

test('the yard is what the machine has, within the limit of the group that the server runs in', async () => {
  const config = compileConfig({})
  assert.deepEqual(await readYard(config, probes), { cpus: 8, memory: 64, gpus: [0, 1, 3] })
  assert.equal((await readYard(config, { ...probes, memoryLimit: () => 32 })).memory, 32)
  assert.equal((await readYard(config, { ...probes, memoryLimit: () => 2 ** 64 })).memory, 64)
  for (const answer of [undefined, '', 'No devices were found\n'])
    assert.deepEqual((await readYard(config, { ...probes, gpus: async () => answer })).gpus, [])
})

test('this machine has processors and memory', async () => {
  const { cpus, memory } = await readYard(compileConfig({}))
  assert.equal(cpus, availableParallelism())
  assert.ok(memory > 2 ** 20 && memory <= totalmem())
})

test('the configuration says otherwise, and of GPUs the first ones are used', async () => {
  const config = compileConfig({ fleet: { cpus: 0.5, memory: '1GiB', gpus: 2 } })
  assert.deepEqual(await readYard(config, probes), { cpus: 0.5, memory: 2 ** 30, gpus: [0, 1] })
  assert.deepEqual((await readYard(compileConfig({ fleet: { gpus: 5 } }), probes)).gpus, [0, 1, 3, 4, 5])
  assert.deepEqual((await readYard(compileConfig({ fleet: { gpus: 0 } }), probes)).gpus, [])
})

test('a simulated fleet is as large as anybody plays at, unless the configuration says how large', () => {
  assert.ok(simulatedYard(compileConfig({})).cpus > 100_000)
  assert.deepEqual(simulatedYard(compileConfig({ fleet: { cpus: 4, memory: 100, gpus: 2 } })), {
    cpus: 4,
    memory: 100,
    gpus: [0, 1],
  })
})
