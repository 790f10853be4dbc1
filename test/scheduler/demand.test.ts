import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { demandsOf, totalOf } from '../../src/scheduler/demand.ts'
import { instanceTypeFacts } from '../../src/scheduler/instance-types.ts'
import { CapacityError } from '../../src/scheduler/scheduler.ts'
import { amountOf, fits, type Yard } from '../../src/scheduler/yard.ts'

const GIB = 2 ** 30
const TYPES = ['ml.m5.large', 'ml.m5.24xlarge', 'ml.t3.medium', 'ml.c5.9xlarge', 'ml.g5.xlarge', 'ml.p5.48xlarge', '?']

function instances(...types: readonly string[]) {
  return types.map((instanceType, index) => ({ host: `algo-${index + 1}`, instanceType }))
}

const yards: fc.Arbitrary<Yard> = fc.record({
  cpus: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.double({ min: 0.1, max: 64, noNaN: true })),
  memory: fc.integer({ min: 1, max: 2 ** 44 }),
  gpus: fc.integer({ min: 0, max: 20 }).map((count) => Array.from({ length: count }, (_, index) => index)),
})
const jobs = fc.array(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 20 }).map((types) => instances(...types))

test('shrunk jobs always fit into the empty yard, and no instance has more than its type', () => {
  fc.assert(
    fc.property(yards, jobs, (yard, job) => {
      const demands = demandsOf(job, yard, 'shrink')
      assert.ok(fits(totalOf(demands), amountOf(yard)))
      for (const { amount, instanceType, typeHas } of demands) {
        const has = instanceTypeFacts(instanceType)
        assert.ok(amount.cpus <= has.cpus * 1000 && amount.memory <= has.memory && amount.gpus <= has.gpus)
        const isAll = amount.cpus === has.cpus * 1000 && amount.memory === has.memory && amount.gpus === has.gpus
        assert.equal(typeHas === undefined, isAll)
        if (typeHas) assert.deepEqual({ ...typeHas, accelerated: has.accelerated }, has)
      }
    }),
  )
})

test('instances share fairly: those of one type get the same, and none is shrunk below what a larger one keeps', () => {
  fc.assert(
    fc.property(yards, jobs, (yard, job) => {
      const demands = demandsOf(job, yard, 'shrink')
      for (const one of demands)
        for (const other of demands) {
          if (one.instanceType === other.instanceType) assert.deepEqual(one.amount, other.amount)
          for (const kind of ['cpus', 'memory', 'gpus'] as const) {
            const has = kind === 'cpus' ? (one.typeHas?.cpus ?? 0) * 1000 : (one.typeHas?.[kind] ?? 0)
            if (one.amount[kind] < has) assert.ok(one.amount[kind] >= other.amount[kind])
          }
        }
    }),
  )
})

test('two instances on two processors get one each, three share them, and a large type takes what is there', () => {
  const yard = { cpus: 2, memory: 9 * GIB, gpus: [0, 1, 2] }
  const [first, second] = demandsOf(instances('ml.m5.large', 'ml.m5.large'), yard, 'shrink')
  assert.deepEqual(first?.amount, { cpus: 1000, memory: 4.5 * GIB, gpus: 0 })
  assert.deepEqual(first?.typeHas, { cpus: 2, memory: 8 * GIB, gpus: 0 })
  assert.deepEqual(second?.amount, first?.amount)
  const three = demandsOf(instances('ml.m5.large', 'ml.m5.large', 'ml.m5.large'), yard, 'shrink')
  assert.deepEqual(
    three.map(({ amount }) => amount.cpus),
    [666, 666, 666],
  )
  const [large] = demandsOf(instances('ml.p5.48xlarge'), yard, 'shrink')
  assert.deepEqual(large?.amount, { cpus: 2000, memory: 9 * GIB, gpus: 3 })
  const [small, rest] = demandsOf(instances('ml.g5.xlarge', 'ml.p5.48xlarge'), yard, 'shrink')
  assert.deepEqual([small?.amount.gpus, rest?.amount.gpus], [1, 2])
})

test('fit asks for exactly what the type has, and what can never fit is refused in AWS’s words', () => {
  fc.assert(
    fc.property(yards, jobs, (yard, job) => {
      const wanted = job.map(({ instanceType }) => instanceTypeFacts(instanceType))
      const sum = (kind: 'cpus' | 'memory' | 'gpus') => wanted.reduce((all, has) => all + has[kind], 0)
      const can = sum('cpus') <= yard.cpus && sum('memory') <= yard.memory && sum('gpus') <= yard.gpus.length
      const ask = () => demandsOf(job, yard, 'fit')
      if (!can)
        return assert.throws(ask, (error) => {
          assert.ok(error instanceof CapacityError)
          return error.message.startsWith('Unable to provision requested ML compute capacity.')
        })
      for (const [index, { amount, typeHas }] of ask().entries()) {
        assert.equal(amount.cpus, (wanted[index]?.cpus ?? 0) * 1000)
        assert.equal(typeHas, undefined)
      }
    }),
  )
})
