import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemIds } from '../../src/util/ids.ts'

test('request ids are UUIDs of version 4 and never the same', () => {
  const ids = systemIds()
  const made = Array.from({ length: 2000 }, () => ids.requestId())
  assert.equal(new Set(made).size, made.length)
  for (const id of made) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('job ids are 32 hex digits in the order of their making, also within one millisecond', () => {
  const ids = systemIds()
  const made = Array.from({ length: 100 }, (_, at) => ids.jobId(1_795_000_000_000 + Math.floor(at / 50)))
  assert.deepEqual(made.toSorted(), made)
  for (const id of made) assert.match(id, /^[0-9a-f]{32}$/)
})

test('bytes are as many as asked for and never shared', () => {
  const ids = systemIds()
  const drawn = [16, 32, 5000, 1024].map((count) => ids.bytes(count))
  assert.deepEqual(
    drawn.map(({ length }) => length),
    [16, 32, 5000, 1024],
  )
  const before = drawn[1]?.toString('hex')
  drawn[0]?.fill(0)
  assert.equal(drawn[1]?.toString('hex'), before)
})
