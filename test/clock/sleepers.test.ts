import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Sleepers, type Sleeper } from '../../src/clock/sleepers.ts'

const waits = fc.array(fc.record({ due: fc.nat(50), isGivenUp: fc.boolean() }), { maxLength: 3000 })

test('whatever is added and given up, the waits come out by their time, those of one time in the order in which they began', () => {
  fc.assert(
    fc.property(waits, fc.nat(50), (all, until) => {
      const sleepers = new Sleepers()
      const added = all.map(({ due }, order): Sleeper => ({ due, order, wake: () => undefined, isGone: false }))
      for (const sleeper of added) sleepers.add(sleeper)
      for (const [index, sleeper] of added.entries()) if (all[index]?.isGivenUp) sleepers.giveUp(sleeper)
      const left = added
        .filter((_, index) => !all[index]?.isGivenUp)
        .toSorted((one, other) => one.due - other.due || one.order - other.order)
      assert.equal(sleepers.size, left.length)
      assert.equal(sleepers.nextDue(), left[0]?.due)
      const due = left.filter((sleeper) => sleeper.due <= until)
      assert.deepEqual(sleepers.takeDue(until), due)
      assert.equal(sleepers.size, left.length - due.length)
      assert.equal(sleepers.nextDue(), left[due.length]?.due)
    }),
    { numRuns: 60 },
  )
})

test('waits that are given up do not stay until their time comes', () => {
  const sleepers = new Sleepers()
  for (let order = 0; order < 100_000; order++) {
    const sleeper: Sleeper = { due: 1e12 + order, order, wake: () => undefined, isGone: false }
    sleepers.add(sleeper)
    sleepers.giveUp(sleeper)
  }
  assert.equal(sleepers.size, 0)
  assert.equal(sleepers.nextDue(), undefined)
})
