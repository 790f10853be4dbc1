import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { pino } from 'pino'
import { VirtualClock } from '../../src/clock/virtual-clock.ts'
import { systemDurableFiles } from '../../src/durable/durable-files.ts'
import { prune, type PruneContext, type RetentionAges } from '../../src/retention/prune.ts'
import { Retention } from '../../src/retention/retention.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { LogReader } from '../../src/telemetry/log-index.ts'
import { INDEX_SUFFIX } from '../../src/telemetry/log-format.ts'
import { encodeUsage, USAGE_SUFFIX } from '../../src/telemetry/usage-format.ts'
import { aJob, play, SCOPE, TO_THE_END } from '../conformance/store/a-job.ts'
import { StreamWriter, TemporaryFolder } from '../telemetry/stream-files.ts'

const DAY = 86_400_000
/** About when the jobs of `aJob` are made and end. */
const T = 1_700_000_000_000
const NOTHING = { logStreams: 0, logBytes: 0, journalEntries: 0, deletedJobs: 0 }
const TEXT = 'some words\n'
const USAGE = encodeUsage({ time: T, cpu: 1 })
/** Of a stream's files: its text, one record of the index, and what was used. */
const BYTES = TEXT.length + 16 + USAGE.length

/** A record and logs as a server leaves them, and a clock that stands some days after the jobs. */
class Yard implements AsyncDisposable {
  readonly #folder: TemporaryFolder
  readonly store: Store
  readonly clock = new VirtualClock(T + 10 * DAY)
  readonly logsFolder: string

  private constructor(store: Store, folder: TemporaryFolder) {
    this.store = store
    this.#folder = folder
    this.logsFolder = folder.file('logs')
    mkdirSync(this.logsFolder)
  }

  static async open(): Promise<Yard> {
    const folder = new TemporaryFolder()
    return new Yard(await openSqliteStore({ path: folder.file('store.db') }), folder)
  }

  get context(): PruneContext {
    const { store, logsFolder, clock } = this
    return { store, logsFolder, clock, durable: systemDurableFiles }
  }

  /** @param deletedAt undefined: it stays */
  async job(number: number, end: 'running' | 'ended' | { readonly deletedAt: number }): Promise<string> {
    const { id, name } = aJob(number)
    await this.store.insertJob(aJob(number))
    await this.store.appendJournal(id, [{ kind: 'tags', time: T, data: {} }])
    await this.store.insertLogStream({ ...SCOPE, name: `${name}/algo-1`, jobId: id, file: id, creationTime: T })
    new StreamWriter(`${this.logsFolder}/${id}`).append(TEXT, T)
    writeFileSync(`${this.logsFolder}/${id}${USAGE_SUFFIX}`, USAGE)
    if (end === 'running') return id
    await play(this.store, id, TO_THE_END)
    if (end === 'ended') return id
    await play(this.store, id, [{ kind: 'delete-requested' }])
    await this.store.deleteJob(id, [{ kind: 'deleted', time: end.deletedAt, data: {} }])
    return id
  }

  prune(ages: RetentionAges, dryRun = false, change: Partial<PruneContext> = {}) {
    return prune({ ...this.context, ...change }, { ages, dryRun })
  }

  files(): readonly string[] {
    return readdirSync(this.logsFolder).toSorted()
  }

  async entries(jobId: string): Promise<number> {
    return (await this.store.journal({ jobId, after: 0, limit: 99 })).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close()
    this.#folder[Symbol.dispose]()
  }
}

function filesOf(...ids: readonly string[]): readonly string[] {
  return ids.flatMap((id) => [id, id + INDEX_SUFFIX, id + USAGE_SUFFIX])
}

test('Each age removes what it names of jobs that ended so long ago, and nothing of those that run', async () => {
  await using yard = await Yard.open()
  const running = await yard.job(1, 'running')
  const ended = await yard.job(2, 'ended')
  const recent = await yard.job(3, { deletedAt: T + 9 * DAY })
  const old = await yard.job(4, { deletedAt: T + DAY })
  assert.deepEqual(await yard.prune({}), NOTHING)
  assert.deepEqual(await yard.prune({ logs: 11 * DAY, journal: 11 * DAY, jobs: 11 * DAY }), NOTHING)
  assert.deepEqual(await yard.prune({ jobs: 5 * DAY }), {
    logStreams: 1,
    logBytes: BYTES,
    journalEntries: 3,
    deletedJobs: 1,
  })
  assert.deepEqual(yard.files(), filesOf(running, ended, recent))
  assert.equal(await yard.entries(old), 0)
  assert.deepEqual(await yard.prune({ logs: 5 * DAY }), { ...NOTHING, logStreams: 1, logBytes: BYTES })
  assert.deepEqual(yard.files(), filesOf(running, recent))
  assert.deepEqual(await yard.prune({ journal: 0 }), { ...NOTHING, journalEntries: 3 })
  assert.deepEqual(await yard.prune({ journal: 0 }), NOTHING)
  assert.deepEqual([await yard.entries(ended), await yard.entries(recent)], [1, 1])
  assert.deepEqual(await yard.prune({ logs: 0, journal: 0 }), {
    logStreams: 1,
    logBytes: BYTES,
    journalEntries: 1,
    deletedJobs: 1,
  })
  assert.deepEqual(yard.files(), filesOf(running))
  assert.equal(await yard.entries(running), 2)
  assert.equal((await yard.store.logStreamsOfJob(running)).length, 1)
})

test('A dry run says exactly what the run after it does, changes nothing, and a second run finds nothing', async () => {
  const end = fc.oneof(
    fc.constantFrom('running' as const, 'ended' as const),
    fc.record({ deletedAt: fc.integer({ min: T, max: T + 10 * DAY }) }),
  )
  const age = fc.option(fc.integer({ min: 0, max: 11 * DAY }), { nil: undefined })
  const ages = fc.record({ logs: age, journal: age, jobs: age })
  await fc.assert(
    fc.asyncProperty(
      fc.array(end, { maxLength: 4 }),
      fc.array(ages, { minLength: 1, maxLength: 2 }),
      async (ends, all) => {
        await using yard = await Yard.open()
        for (const [index, one] of ends.entries()) await yard.job(index + 1, one)
        for (const ages of all) {
          const before = yard.files()
          const foreseen = await yard.prune(ages, true)
          assert.deepEqual(yard.files(), before)
          assert.deepEqual(await yard.prune(ages), foreseen)
          assert.deepEqual(await yard.prune(ages), NOTHING)
        }
      },
    ),
    { numRuns: 20 },
  )
})

test('More jobs than one slice are gone through, and others have their turn between', async () => {
  await using yard = await Yard.open()
  const made = await Promise.all(Array.from({ length: 250 }, (_, index) => yard.job(index + 1, 'running')))
  await play(yard.store, made.at(-1) ?? '', TO_THE_END)
  let turns = 0
  let going = true
  const others = (async () => {
    for (; going; turns++) await new Promise((resolve) => setImmediate(resolve))
  })()
  assert.equal((await yard.prune({ logs: 0 })).logStreams, 1)
  going = false
  await others
  assert.ok(turns >= 2, `${turns} turns`)
})

for (const [where, fault] of [
  ['before its files are known to be gone', { durable: { sync: () => Promise.reject(new Error('no power')) } }],
  ['before its row is gone', { deletes: true }],
] as const) {
  test(`A stream that a crash left ${where} reads as an empty one, and the next run finishes it`, async () => {
    await using yard = await Yard.open()
    const id = await yard.job(1, 'ended')
    const { store } = yard
    const change: Partial<PruneContext> =
      'durable' in fault
        ? fault
        : {
            store: {
              jobTraces: (query) => store.jobTraces(query),
              deleteTraces: () => Promise.reject(new Error('no power')),
            },
          }
    await assert.rejects(yard.prune({ logs: 0, journal: 0 }, false, change), /no power/)
    assert.deepEqual(yard.files(), [])
    assert.equal((await yard.store.logStreamsOfJob(id)).length, 1)
    const reader = await LogReader.open(`${yard.logsFolder}/${id}`)
    assert.deepEqual(await reader.range(), { start: 0, end: 0 })
    await reader.close()
    const expected = { logStreams: 1, logBytes: 0, journalEntries: 1, deletedJobs: 0 }
    assert.deepEqual(await yard.prune({ logs: 0, journal: 0 }, true), expected)
    assert.deepEqual(await yard.prune({ logs: 0, journal: 0 }), expected)
    assert.deepEqual(await yard.store.logStreamsOfJob(id), [])
  })
}

test('A log whose index alone is gone, as a crash between its files leaves it, reads as an empty one', async () => {
  await using yard = await Yard.open()
  const id = await yard.job(1, 'ended')
  unlinkSync(`${yard.logsFolder}/${id}${INDEX_SUFFIX}`)
  const reader = await LogReader.open(`${yard.logsFolder}/${id}`)
  assert.deepEqual(await reader.range(), { start: 0, end: 0 })
  await reader.close()
  assert.equal((await yard.prune({ logs: 0 }, true)).logBytes, BYTES - 16)
  assert.equal((await yard.prune({ logs: 0 })).logBytes, BYTES - 16)
  assert.deepEqual(yard.files(), [])
})

/** @returns messages of its log beside it */
function retentionOf(yard: Yard, ages: RetentionAges, change: Partial<PruneContext> = {}) {
  const lines: string[] = []
  const write = (line: string) => void lines.push((JSON.parse(line) as { readonly msg: string }).msg)
  const retention = new Retention({ ...yard.context, ...change, clock: yard.clock, ages, log: pino({}, { write }) })
  return { retention, lines }
}

const REMOVED = 'what was past its time is removed'

/** Until the next round waits for its hour: what a round does takes turns of its own. */
async function roundDone(clock: VirtualClock, waits: number): Promise<void> {
  while (clock.waits < waits) await new Promise((resolve) => setImmediate(resolve))
}

test('A server goes round when it starts and every hour of job time, until it closes', async () => {
  await using yard = await Yard.open()
  const id = await yard.job(1, 'ended')
  const { retention, lines } = retentionOf(yard, { logs: 10 * DAY + 1_800_000 })
  retention.start()
  await roundDone(yard.clock, 1)
  assert.deepEqual([yard.files(), lines], [filesOf(id), []])
  await yard.clock.advance(3_600_000)
  await roundDone(yard.clock, 2)
  assert.deepEqual(yard.files(), [])
  assert.deepEqual(lines, [REMOVED])
  await retention.close()
  await retention.close()
  assert.equal(yard.clock.waiting, 0)
  await assert.rejects(retention.prune({ ages: { logs: 0 } }), /the server is closing/)
})

test('A round that fails is told, and the next one tries again', async () => {
  await using yard = await Yard.open()
  await yard.job(1, 'ended')
  let isWell = false
  const durable = { sync: () => (isWell ? Promise.resolve() : Promise.reject(new Error('no room'))) }
  const { retention, lines } = retentionOf(yard, { logs: DAY }, { durable })
  retention.start()
  await roundDone(yard.clock, 1)
  isWell = true
  await yard.clock.advance(3_600_000)
  await roundDone(yard.clock, 2)
  await retention.close()
  assert.deepEqual(lines, ['what is past its time could not all be removed; the next round tries again', REMOVED])
})

test('Without an age a server never goes round, but does as it is asked; two who ask at once go one after another', async () => {
  await using yard = await Yard.open()
  await yard.job(1, 'ended')
  const { retention } = retentionOf(yard, {})
  retention.start()
  const both = await Promise.all([1, 2].map(() => retention.prune({ ages: { logs: 0 } })))
  assert.deepEqual(both, [{ ...NOTHING, logStreams: 1, logBytes: BYTES }, NOTHING])
  assert.equal(yard.clock.waits, 0)
  await retention.close()
})
