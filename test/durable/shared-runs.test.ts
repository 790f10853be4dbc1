import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SharedRuns } from '../../src/durable/shared-runs.ts'

/** Work whose every run ends when it is told to. */
function steered() {
  const runs: { readonly end: () => void; readonly fail: (error: Error) => void }[] = []
  const work = () =>
    new Promise<void>((end, fail) => {
      runs.push({ end, fail })
    })
  return { runs, work }
}

test('who asks during a run shares the next one with all who do, and it begins when the first has ended', async () => {
  const shared = new SharedRuns()
  const { runs, work } = steered()
  const first = shared.run('a', work)
  const [second, third] = [shared.run('a', work), shared.run('a', work)]
  const other = shared.run('b', work)
  assert.equal(runs.length, 2)
  runs[1]?.end()
  await other
  runs[0]?.end()
  await first
  await Promise.resolve()
  assert.equal(runs.length, 3)
  const fourth = shared.run('a', work)
  runs[2]?.end()
  await Promise.all([second, third])
  await Promise.resolve()
  runs[3]?.end()
  await fourth
  assert.equal(runs.length, 4)
})

test('a run that fails does so for those who share it, and the next one is made all the same', async () => {
  const shared = new SharedRuns()
  const { runs, work } = steered()
  const first = shared.run('a', work)
  const second = shared.run('a', work)
  const full = new Error('full')
  runs[0]?.fail(full)
  await assert.rejects(first, full)
  await Promise.resolve()
  runs[1]?.end()
  await second
  const third = shared.run('a', work)
  runs[2]?.end()
  await third
})
