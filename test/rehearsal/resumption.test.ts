import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { newJob } from '../../src/lifecycle/job.ts'
import { resumptions } from '../../src/rehearsal/resumption.ts'
import type { JobRecord } from '../../src/store/store.ts'
import { encodeIndexRecord, INDEX_SUFFIX } from '../../src/telemetry/log-format.ts'
import { temporaryFolder } from '../cli/temporary-folder.ts'

const START = 1_700_000_000_000

/** A job of so many attempts, each of which logged these steps, one a second. */
async function logged(t: TestContext, attempts: readonly (readonly number[])[], regex = 'step=([0-9]+);') {
  const folder = temporaryFolder(t)
  const definitions = [
    { Name: 'loss', Regex: 'loss=([0-9.]+)' },
    { Name: 'train:global_step', Regex: regex },
  ]
  const job: JobRecord = {
    id: 'job',
    name: 'job',
    arn: 'arn',
    account: '111122223333',
    region: 'us-east-1',
    version: 1,
    state: { ...newJob(START), attempt: attempts.length },
    request: JSON.stringify({ AlgorithmSpecification: { MetricDefinitions: definitions } }),
    document: '{}',
  }
  for (const [attempt, steps] of attempts.entries()) {
    const file = join(folder, `job-${attempt + 1}-algo-1`)
    const lines = steps.map((step) => Buffer.from(`step=${step}; loss=0.5\n`))
    let offset = 0
    const records = lines.map((line, index) => {
      offset += line.length
      return encodeIndexRecord({ time: START + index * 1000, offset, sealed: index === lines.length - 1 })
    })
    await writeFile(file, Buffer.concat(lines))
    await writeFile(file + INDEX_SUFFIX, Buffer.concat(records))
  }
  return resumptions(job, folder)
}

test('A job that goes on from its checkpoint has lost what came after it', async (t) => {
  assert.deepEqual(
    await logged(t, [
      [1, 2, 3, 4, 5, 6],
      [5, 6, 7],
    ]),
    [{ attempt: 1, metric: 'train:global_step', lastStep: 6, resumedFrom: 5, lostMs: 2000 }],
  )
})

test('A job that goes on behind its last step has lost nothing, one that begins again everything', async (t) => {
  const [first, second] = await logged(t, [
    [1, 2, 3],
    [4, 5],
    [1, 2],
  ])
  assert.deepEqual(first, { attempt: 1, metric: 'train:global_step', lastStep: 3, resumedFrom: 4, lostMs: 0 })
  assert.equal(second?.lostMs, 1000)
})

test('What was not logged is not made up, and an expression that must not run here is none', async (t) => {
  assert.deepEqual(await logged(t, [[], [1]]), [{ attempt: 1, metric: 'train:global_step', resumedFrom: 1 }])
  assert.deepEqual(await logged(t, [[1], [1]], 'step=(?=[0-9])([0-9]+);'), [])
  assert.deepEqual(await logged(t, [[1]]), [])
})
