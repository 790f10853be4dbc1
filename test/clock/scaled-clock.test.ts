import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScaledClock } from '../../src/clock/scaled-clock.ts'
import { VirtualClock } from '../../src/clock/virtual-clock.ts'

test('a minute of the wall is an hour of job time at 60x, and an hour of waiting is over after it', async () => {
  const wall = new VirtualClock(1_000_000)
  const clock = new ScaledClock(60, wall)
  let woken = -1
  const sleeping = clock.sleep(3_600_000).then(() => (woken = clock.now()))
  await wall.advance(59_999)
  assert.equal(woken, -1)
  await wall.advance(1)
  await sleeping
  assert.equal(clock.now(), 1_000_000 + 3_600_000)
  assert.equal(woken, clock.now())
})

test('time that is recorded is in the past: the clock goes on from there, and no deadline moves', async () => {
  const wall = new VirtualClock(1_000_000)
  const clock = new ScaledClock(60, wall)
  await wall.advance(1000)
  const monotonic = clock.monotonic()
  clock.notBefore(1_050_000)
  assert.equal(clock.now(), 1_060_000)
  clock.notBefore(9_000_000)
  assert.deepEqual([clock.now(), clock.monotonic()], [9_000_000, monotonic])
  await wall.advance(1000)
  assert.equal(clock.now(), 9_060_000)
  const virtual = new VirtualClock(1_000_000)
  virtual.notBefore(5)
  virtual.notBefore(2_000_000)
  assert.deepEqual([virtual.now(), virtual.monotonic()], [2_000_000, 0])
})

test('a wait that is called off ends with the reason', async () => {
  const clock = new ScaledClock(60, new VirtualClock(0))
  const controller = new AbortController()
  const sleeping = clock.sleep(1000, { signal: controller.signal })
  controller.abort(new Error('enough'))
  await assert.rejects(sleeping, /enough/)
})

test('a timer of job time rings after its part of the wall', async () => {
  const wall = new VirtualClock(0)
  const clock = new ScaledClock(60, wall)
  let rung = 0
  clock.timer(60_000, () => rung++)
  clock.timer(60_000, () => rung++)[Symbol.dispose]()
  await wall.advance(999)
  assert.equal(rung, 0)
  await wall.advance(1)
  assert.equal(rung, 1)
})
