import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualClock } from '../../src/clock/virtual-clock.ts'
import { compileConfig } from '../../src/config/config.ts'
import { withDiskReserve } from '../../src/scheduler/disk-reserve.ts'
import type { JournalEntry } from '../../src/store/store.ts'
import { startAtOnce } from '../support/start-at-once.ts'

const GIB = 2 ** 30

const ASKING = { jobId: 'job', account: '111122223333', priority: 0, arrival: 0, spot: false, instances: [] }

/** A disk whose room the test sets, under a reserve of 1 GiB. */
function diskWith(freeBytes: number) {
  const disk = { freeBytes }
  const clock = new VirtualClock(0)
  const journal: string[] = []
  const warnings: object[] = []
  const scheduler = withDiskReserve(startAtOnce(clock), {
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
  return { disk, clock, journal, warnings, scheduler }
}

test('With more room than the reserve a job starts at once, and nothing is said', async () => {
  const { scheduler, journal, clock } = diskWith(2 * GIB)
  await scheduler.place(ASKING, { signal: new AbortController().signal, waiting: () => undefined })
  assert.deepEqual([journal, clock.waiting], [[], 0])
})

test('With less a job waits, says so once, and starts when there is room again', async () => {
  const { disk, clock, journal, warnings, scheduler } = diskWith(GIB - 1)
  let started = false
  const turn = scheduler
    .place(ASKING, { signal: new AbortController().signal, waiting: () => undefined })
    .then(() => (started = true))
  await clock.advance(60_000)
  assert.equal(started, false)
  assert.deepEqual(journal, ['job waiting-for-disk'])
  assert.deepEqual(warnings, [{ jobId: 'job', freeBytes: GIB - 1, reserve: GIB }])
  disk.freeBytes = GIB
  await clock.advance(5000)
  await turn
  assert.deepEqual(journal, ['job waiting-for-disk', 'job disk-has-room'])
})

test('A job that is stopped while it waits for room leaves', async () => {
  const { scheduler, clock } = diskWith(0)
  const stop = new AbortController()
  const turn = scheduler.place(ASKING, { signal: stop.signal, waiting: () => undefined })
  const left = assert.rejects(turn, /stopped/)
  await clock.advance(1)
  stop.abort(new Error('stopped'))
  await left
  assert.equal(clock.waiting, 0)
})

test('Without a reserve nothing looks at the disk', () => {
  const { clock } = diskWith(0)
  const options = { config: compileConfig({}), folder: '/data', clock } as unknown as Parameters<
    typeof withDiskReserve
  >[1]
  const scheduler = startAtOnce(clock)
  assert.equal(withDiskReserve(scheduler, options), scheduler)
})
