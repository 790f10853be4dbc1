import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { LocalFile } from '../../src/objects/objects.ts'
import { shareOf } from '../../src/supervisor/sharding.ts'

async function* objects(keys: readonly string[]): AsyncGenerator<LocalFile> {
  for (const key of keys) yield { key, size: 1, path: '/blob' }
}

async function shares(keys: readonly string[], count: number): Promise<string[][]> {
  const all: string[][] = []
  for (let index = 0; index < count; index++) {
    const own: string[] = []
    for await (const { key } of shareOf(objects(keys), { index, count })) own.push(key)
    all.push(own)
  }
  return all
}

test('object i goes to host i mod n; fewer objects than hosts leave some without', async () => {
  assert.deepEqual(await shares(['a', 'b', 'c', 'd', 'e'], 2), [
    ['a', 'c', 'e'],
    ['b', 'd'],
  ])
  assert.deepEqual(await shares(['a'], 3), [['a'], [], []])
})

test('a folder marker is nobody’s share', async () => {
  assert.deepEqual(await shares(['d/', 'd/a', 'd/b', 'd/c/', 'd/c/x'], 2), [['d/a', 'd/c/x'], ['d/b']])
})

test('whatever the keys and the hosts, every object goes to one host, and none gets two more than another', async () => {
  const keys = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(keys, fc.integer({ min: 1, max: 20 }), async (all, count) => {
      const files = all.filter((key) => !key.endsWith('/'))
      const split = await shares(all, count)
      const joined = files.map((_, index) => split[index % count]?.[Math.floor(index / count)])
      assert.deepEqual(joined, files)
      assert.equal(split.flat().length, files.length)
      const sizes = split.map(({ length }) => length)
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1)
    }),
  )
})
