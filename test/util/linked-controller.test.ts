import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { linkedController } from '../../src/util/linked-controller.ts'

test('a linked controller aborts with its parent, for its reason, and its parent not with it', () => {
  const parent = new AbortController()
  const [one, other] = [linkedController(parent.signal), linkedController(parent.signal)]
  one.abort('by itself')
  assert.equal(one.signal.reason, 'by itself')
  assert.ok(!parent.signal.aborted && !other.signal.aborted)
  parent.abort('from above')
  assert.equal(other.signal.reason, 'from above')
  assert.equal(one.signal.reason, 'by itself')
  assert.equal(linkedController(parent.signal).signal.reason, 'from above')
})

test('a linked controller that is let go of stays as it is, and leaves nothing with its parent', () => {
  const parent = new AbortController()
  const { signal } = (() => {
    using linked = linkedController(parent.signal)
    return linked
  })()
  assert.deepEqual(getEventListeners(parent.signal, 'abort'), [])
  parent.abort()
  assert.ok(!signal.aborted)
})
