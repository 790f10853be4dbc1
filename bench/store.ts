/**
 * Question: what does the record cost beside SQLite itself? Inserts of jobs that arrive in groups, against a bare node:sqlite that commits the same rows
 * in the same groups; reads of a job by name, against the bare statements on the same rows; and a page of a hundred jobs. Prints medians of interleaved
 * rounds and their ratios. Run: `node bench/store.ts` (about 10 s).
 */
import { mkdtemp, rm } from 'node:fs/promises'
import type { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newJob } from '../src/lifecycle/job.ts'
import { openDatabase } from '../src/sqlite/open-database.ts'
import { listRange } from '../src/store/sqlite/list-range.ts'
import { pageSql, valuesOf } from '../src/store/sqlite/list-statements.ts'
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import type { ListPosition, NewJob, Store } from '../src/store/store.ts'

const ROUNDS = 9
/** Requests that arrive in one turn of the event loop: one client alone, and 32 clients. */
const GROUPS = [1, 32] as const
const INSERTS: Record<(typeof GROUPS)[number], number> = { 1: 400, 32: 3200 }
const READS = 10_000
const PAGES = 500
const SCOPE = { account: '111122223333', region: 'us-east-1' } as const
/** As long as the requests that the SDKs send. */
const REQUEST = JSON.stringify({ HyperParameters: Object.fromEntries(entries(60)) })

const folder = await mkdtemp(join(tmpdir(), 'bench-store-'))
const path = join(folder, 'store.db')
const barePath = join(folder, 'bare.db')
// The bare database has the same schema, made by the store.
await (await openSqliteStore({ path: barePath })).close()
const store = await openSqliteStore({ path })
const bare = openDatabase(barePath)
/** How many jobs are in each, numbered from 0. */
const made = { store: 0, bare: 0 }

try {
  for (const group of GROUPS) {
    const count = INSERTS[group]
    await report(`insert, ${group} a commit, jobs/s`, count, {
      store: () => insertAll(store, count, group),
      bare: async () => insertBare(bare, count, group),
    })
  }
  const names = Array.from({ length: READS }, (_, read) => `job-${(read * 7919) % made.store}`)
  await report('read by name, jobs/s', READS, {
    store: () => readAll(store, names),
    bare: async () => readBare(bare, names),
  })
  await report('pages of 100, pages/s', PAGES, {
    store: () => listAll(store),
    bare: async () => listBare(bare),
  })
} finally {
  await store.close()
  bare.close()
  await rm(folder, { recursive: true })
}

async function insertAll(target: Store, count: number, group: number): Promise<void> {
  for (const jobs of groups('store', count, group)) await Promise.all(jobs.map((job) => target.insertJob(job)))
}

/** The rows that `insertJob` writes and nothing else: no look for a repeat or a taken name. */
function insertBare(database: DatabaseSync, count: number, group: number): void {
  const job = database.prepare(
    `INSERT INTO jobs (id, account, region, name, name_folded, arn, version, creation_time, request, document, status, secondary_status,
       last_modified_time, attempt, repeat_key)
     VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, '{}', 'InProgress', 'Starting', ?, 1, ?)`,
  )
  const transition = database.prepare("INSERT INTO transitions VALUES (?, 0, 'Starting', ?, NULL, ?)")
  const journal = database.prepare("INSERT INTO journal (job_id, kind, time, data) VALUES (?, 'created', ?, ?)")
  for (const jobs of groups('bare', count, group)) {
    database.exec('BEGIN IMMEDIATE')
    for (const { id, account, region, name, arn, state, request, repeatKey = '' } of jobs) {
      const time = state.creationTime
      job.run(id, account, region, name, name, arn, time, request, time, repeatKey)
      transition.run(id, time, state.transitions[0]?.message ?? '')
      journal.run(id, time, '{"notHonoured":[]}')
    }
    database.exec('COMMIT')
  }
}

async function readAll(target: Store, names: readonly string[]): Promise<void> {
  for (const name of names) await target.jobByName(SCOPE, name)
}

function readBare(database: DatabaseSync, names: readonly string[]): void {
  const job = database.prepare('SELECT * FROM jobs WHERE account = ? AND region = ? AND name_folded = ?')
  const transitions = database.prepare('SELECT * FROM transitions WHERE job_id = ? ORDER BY seq')
  for (const name of names) {
    const row = job.get(SCOPE.account, SCOPE.region, name)
    if (row) transitions.all(row['id'] as string)
  }
}

async function listAll(target: Store): Promise<void> {
  for (let page = 0; page < PAGES; page++) await target.listJobs({ ...SCOPE, limit: 100, after: position(page) })
}

function listBare(database: DatabaseSync): void {
  const rangeOf = (page: number) => listRange({ ...SCOPE, limit: 100, after: position(page) })
  const statement = database.prepare(pageSql(rangeOf(0), 'jobs_by_creation'))
  statement.setReturnArrays(true)
  statement.setAllowUnknownNamedParameters(true)
  for (let page = 0; page < PAGES; page++) statement.all(valuesOf(rangeOf(page), { limit: 101 }))
}

function position(page: number): ListPosition {
  return { creationTime: (page * 7919) % made.store, id: '', name: '', status: 'InProgress' }
}

function* groups(peer: keyof typeof made, count: number, size: number): Generator<NewJob[]> {
  for (let done = 0; done < count; done += size) yield Array.from({ length: size }, () => aJob(made[peer]++))
}

function aJob(number: number): NewJob {
  const name = `job-${number}`
  return {
    ...SCOPE,
    id: number.toString(16).padStart(32, '0'),
    name,
    arn: `arn:aws:sagemaker:us-east-1:111122223333:training-job/${name}`,
    state: newJob(number),
    request: REQUEST,
    document: '{}',
    tags: [],
    repeatKey: `AKIABENCH/${number}/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855`,
    journal: [{ kind: 'created', time: number, data: { notHonoured: [] } }],
  }
}

function entries(count: number): [string, string][] {
  return Array.from({ length: count }, (_, entry) => [`hyperparameter-${entry}`, `a value of number ${entry}`])
}

interface Peers {
  readonly store: () => Promise<void>
  readonly bare: () => Promise<void>
}

/** @param amount of what one round does, for the rates */
async function report(what: string, amount: number, peers: Peers): Promise<void> {
  const seconds = { store: [] as number[], bare: [] as number[] }
  for (let round = 0; round <= ROUNDS; round++) {
    for (const peer of ['store', 'bare'] as const) {
      const began = performance.now()
      await peers[peer]()
      // The first round warms up.
      if (round > 0) seconds[peer].push((performance.now() - began) / 1000)
    }
  }
  const ours = median(seconds.store)
  const theirs = median(seconds.bare)
  const rate = (time: number) =>
    Math.round(amount / time)
      .toLocaleString('en')
      .padStart(9)
  console.log(`${what.padEnd(30)} store ${rate(ours)}   bare ${rate(theirs)}   ratio ${(theirs / ours).toFixed(2)}`)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}
