import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualClock } from '../../src/clock/virtual-clock.ts'

test('sleepers wake in the order they are due, each seeing its own time', async () => {
  const clock = new VirtualClock(1000)
  const woken: string[] = []
  const sleep = async (name: string, milliseconds: number) => {
    await clock.sleep(milliseconds)
    woken.push(`${name}@${clock.now()}`)
  }
  const all = [sleep('b', 50), sleep('a', 20), sleep('c', 50)]
  await clock.advance(49)
  assert.deepEqual(woken, ['a@1020'])
  await clock.advance(1)
  await Promise.all(all)
  assert.deepEqual(woken, ['a@1020', 'b@1050', 'c@1050'])
})

test('a sleep that begins while time moves is woken within the same advance', async () => {
  const clock = new VirtualClock(0)
  let end = -1
  const chain = (async () => {
    for (let step = 0; step < 5; step++) await clock.sleep(10)
    end = clock.now()
  })()
  await clock.advance(1000)
  await chain
  assert.equal(end, 50)
  assert.equal(clock.now(), 1000)
})

test('an aborted sleep rejects with the reason and is forgotten', async () => {
  const clock = new VirtualClock(0)
  const controller = new AbortController()
  const sleeping = clock.sleep(10, { signal: controller.signal })
  controller.abort(new Error('enough'))
  await assert.rejects(sleeping, /enough/)
  assert.equal(clock.waiting, 0)
})

test('a timer rings once, in its turn among those who wake at the same moment, and not once it is let go of', async () => {
  const clock = new VirtualClock(0)
  const told: string[] = []
  const ring = (name: string) => () => void told.push(`${name}@${clock.now()}`)
  const first = clock.sleep(10).then(ring('first'))
  clock.timer(10, ring('second'))
  const third = clock.sleep(10).then(ring('third'))
  const early = clock.timer(5, ring('let go of before'))
  early[Symbol.dispose]()
  // Both are due at once, and the one lets go of the other.
  clock.timer(20, () => late[Symbol.dispose]())
  const late = clock.timer(20, ring('let go of at its own moment'))
  await clock.advance(100)
  await Promise.all([first, third])
  assert.deepEqual(told, ['first@10', 'second@10', 'third@10'])
  assert.equal(clock.waiting, 0)
  // It has rung, or is let go of already.
  late[Symbol.dispose]()
  early[Symbol.dispose]()
  assert.equal(clock.waiting, 0)
})
