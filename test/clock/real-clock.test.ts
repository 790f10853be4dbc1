import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RealClock } from '../../src/clock/real-clock.ts'

/** Node rings at once, and warns, for a timeout that is longer than this. */
const LONGEST_TIMEOUT = 2 ** 31 - 1

test('a timer rings no sooner than it was told, and never before it is returned', async () => {
  const clock = new RealClock()
  for (const milliseconds of [0, 3, 7]) {
    const begun = clock.monotonic()
    let isReturned = false
    const rung = Promise.withResolvers<boolean>()
    using _timer = clock.timer(milliseconds, () => rung.resolve(isReturned))
    isReturned = true
    assert.ok(await rung.promise)
    assert.ok(clock.monotonic() - begun >= milliseconds)
  }
})

test('a timer that is let go of does not ring', async () => {
  const clock = new RealClock()
  const told: string[] = []
  const timer = clock.timer(1, () => told.push('let go of'))
  timer[Symbol.dispose]()
  await new Promise<void>((resolve) => void clock.timer(5, resolve))
  assert.deepEqual(told, [])
})

test('a timer for longer than Node has timers does not ring at once', async () => {
  const clock = new RealClock()
  const told: string[] = []
  using _timer = clock.timer(LONGEST_TIMEOUT * 2, () => told.push('in weeks'))
  await new Promise<void>((resolve) => void clock.timer(5, resolve))
  assert.deepEqual(told, [])
})
