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
