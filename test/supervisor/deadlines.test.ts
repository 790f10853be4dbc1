import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualClock } from '../../src/clock/virtual-clock.ts'
import { Deadlines } from '../../src/supervisor/deadlines.ts'

function deadlines() {
  const clock = new VirtualClock(1_700_000_000_000)
  const due: string[] = []
  return { clock, due, set: new Deadlines(clock, (id) => due.push(`${id} ${clock.monotonic()}`)) }
}

test('each deadline rings once, at its time, and one timer waits for all', async () => {
  const { clock, due, set } = deadlines()
  set.set('late', 300)
  set.set('early', 100)
  set.set('also early', 100)
  set.set('middle', 200)
  await clock.advance(0)
  assert.equal(clock.waiting, 1)
  await clock.advance(1000)
  assert.deepEqual(due.toSorted(), ['also early 100', 'early 100', 'late 300', 'middle 200'])
  assert.equal(clock.waiting, 0)
})

test('a deadline that is cleared does not ring, one that is set again rings at its new time, and one that has passed at once', async () => {
  const { clock, due, set } = deadlines()
  await clock.advance(50)
  set.set('cleared', 100)
  set.set('moved', 100)
  set.clear('cleared')
  set.clear('unknown')
  set.set('moved', 400)
  set.set('passed', 10)
  await clock.advance(1000)
  assert.deepEqual(due, ['passed 50', 'moved 400'])
  set.set('left', 5000)
  set.close()
  await clock.advance(0)
  assert.equal(clock.waiting, 0)
})
