import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSimulation } from './run-simulation.ts'

/** `npm run simulate` runs a million. */
const JOBS = 400

test('jobs of every kind come to one of their ends, with every invariant, and the same again for the same seed', async () => {
  const report = await runSimulation({ jobs: JOBS, seed: 7, shard: 0 })
  assert.deepEqual(report.broken, [])
  const counts = Object.values(report.endings)
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    JOBS,
  )
  for (const status of ['Completed', 'Failed', 'Stopped', 'MaxRuntimeExceeded'])
    assert.ok(
      Object.keys(report.endings).some((ending) => ending.endsWith(`: ${status}`)),
      `none ended ${status}`,
    )
  const again = await runSimulation({ jobs: JOBS, seed: 7, shard: 0 })
  assert.deepEqual(again.endings, report.endings)
})
