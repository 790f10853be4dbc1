import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualClock } from '../../src/clock/virtual-clock.ts'
import { compileConfig } from '../../src/config/config.ts'
import { admitAll } from '../../src/scheduler/admission.ts'
import { diskReserve } from '../../src/scheduler/disk-reserve.ts'
import type { JournalEntry } from '../../src/store/store.ts'

const GIB = 2 ** 30

const waiting = () => assert.fail('AWS has no message for it')
const ASKING = { jobId: 'job', account: '111122223333', priority: 0, arrival: 0, spot: false, instances: [] }

/** A disk whose room the test sets, under a reserve of 1 GiB. */
function diskWith(freeBytes: number) {
  const disk = { freeBytes }
  const clock = new VirtualClock(0)
  const journal: string[] = []
  const warnings: object[] = []
  const admission = diskReserve({
    config: compileConfig({ disk: { reserve: '1GiB' } }),
    folder: '/data',
    store: {
      appendJournal: async (jobId: string, entries: readonly JournalEntry[]) => {
        for (const { kind } of entries) journal.push(`${jobId} ${kind}`)
      },
    },
    clock,
    log: { warn: (facts: object) => void warnings.push(facts), info: () => undefined },
    freeBytes: async () => disk.freeBytes,
  })
  return { disk, clock, journal, warnings, admission }
}

test('With more room than the reserve a job stands in line at once, and nothing is said', async () => {
  const { admission, journal, clock } = diskWith(2 * GIB)
  assert.equal(await admission.isOpen(ASKING), true)
  assert.deepEqual([journal, clock.waiting], [[], 0])
})

test('With less a job waits, says so once, and goes on when there is room again', async () => {
  const { disk, clock, journal, warnings, admission } = diskWith(GIB - 1)
  assert.equal(await admission.isOpen(ASKING), false)
  let isOver = false
  const wait = admission.wait(ASKING, { signal: new AbortController().signal, waiting }).then(() => (isOver = true))
  await clock.advance(60_000)
  assert.equal(isOver, false)
  assert.deepEqual(journal, ['job waiting-for-disk'])
  assert.deepEqual(warnings, [{ jobId: 'job', freeBytes: GIB - 1, reserve: GIB }])
  disk.freeBytes = GIB
  await clock.advance(5000)
  await wait
  assert.deepEqual(journal, ['job waiting-for-disk', 'job disk-has-room'])
  assert.equal(await admission.isOpen(ASKING), true)
})

test('A job that is stopped while it waits for room leaves', async () => {
  const { admission, clock } = diskWith(0)
  const stop = new AbortController()
  const left = assert.rejects(admission.wait(ASKING, { signal: stop.signal, waiting }), /stopped/)
  await clock.advance(1)
  stop.abort(new Error('stopped'))
  await left
  assert.equal(clock.waiting, 0)
})

test('Without a reserve nothing looks at the disk', () => {
  const { clock } = diskWith(0)
  const options = { config: compileConfig({}), folder: '/data', clock } as unknown as Parameters<typeof diskReserve>[0]
  assert.equal(diskReserve(options), admitAll)
})
