import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runKills } from './kills.ts'

test('real servers and agents that are killed while real jobs run lose no job, run none twice and leave nothing behind', async () => {
  const rows = await runKills({ kills: 3, seed: 1 })
  assert.deepEqual(
    rows.flatMap(({ broken }) => broken),
    [],
  )
  assert.equal(
    rows.reduce((sum, { points }) => sum + points, 0),
    3,
  )
})

test('kills that cannot be made, and a server that does not start, are broken lines of the table', async () => {
  const [first] = await runKills({ kills: 2, seed: 1, configuration: 'fleet: nonsense\n' })
  const begins = first?.broken.map((line) => line.slice(0, line.indexOf(': ')))
  assert.deepEqual(begins, ['kill 0', 'kill 1', 'after all kills'])
  assert.match(first?.broken[0] ?? '', /the server ended with \d+/)
})
