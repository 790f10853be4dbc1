import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Heap } from '../../src/util/heap.ts'

test('whatever is put in and taken out, the first is the least, and it empties in order', () => {
  const step = fc.record({ kind: fc.constantFrom('push', 'push', 'delete', 'pop'), value: fc.nat(50) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const heap = new Heap<number>((one, other) => one < other)
      const model = new Set<number>()
      const least = () => (model.size > 0 ? Math.min(...model) : undefined)
      for (const { kind, value } of steps) {
        if (kind === 'push') {
          heap.push(value)
          model.add(value)
        } else if (kind === 'delete') assert.equal(heap.delete(value), model.delete(value))
        else {
          const first = least()
          assert.equal(heap.pop(), first)
          if (first !== undefined) model.delete(first)
        }
        assert.equal(heap.size, model.size)
        assert.equal(heap.peek(), least())
      }
      const rest = Array.from({ length: heap.size }, () => heap.pop())
      assert.deepEqual(
        rest,
        [...model].sort((one, other) => one - other),
      )
    }),
  )
})

test('an item whose place in the order has changed is put where it belongs when it is pushed again', () => {
  const items = [5, 3, 8, 1].map((value) => ({ value }))
  const heap = new Heap<{ value: number }>((one, other) => one.value < other.value)
  for (const item of items) heap.push(item)
  const [first] = items
  if (first) {
    first.value = 0
    heap.push(first)
  }
  assert.deepEqual(
    Array.from({ length: heap.size }, () => heap.pop()?.value),
    [0, 1, 3, 8],
  )
})
