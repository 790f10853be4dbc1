import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { NewerSchemaError } from '../../src/sqlite/migrate.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { aJob, storeSuite, type StoreUnderTest } from '../conformance/store/store-suite.ts'

async function temporaryStore(): Promise<StoreUnderTest & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-store-'))
  const path = join(folder, 'store.db')
  let store = await openSqliteStore({ path })
  return {
    path,
    get store() {
      return store
    },
    async reopen() {
      await store.close()
      store = await openSqliteStore({ path })
      return store
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
}

storeSuite('SQLite', temporaryStore)

test('a schema with a breaking step of a newer program is refused', async () => {
  await using under = await temporaryStore()
  await under.store.close()
  const database = new DatabaseSync(under.path)
  database.exec("INSERT INTO schema_migrations (version, name, breaking) VALUES (999, 'later', 1)")
  database.close()
  await assert.rejects(openSqliteStore({ path: under.path }), NewerSchemaError)
})

test('a page of the list reads its covering index alone, with and without a status', async () => {
  await using under = await temporaryStore()
  const database = new DatabaseSync(under.path)
  const columns = 'id, name, arn, status, secondary_status, creation_time, last_modified_time, training_end_time'
  const order = 'ORDER BY creation_time DESC, id DESC LIMIT 100'
  const plan = (where: string) =>
    database
      .prepare(`EXPLAIN QUERY PLAN SELECT ${columns} FROM jobs WHERE ${where} ${order}`)
      .all()
      .map((row) => String(row['detail']))
      .join('; ')
  const scope = "account = 'a' AND region = 'r'"
  assert.match(
    plan(`${scope} AND (creation_time, id) < (1, 'x')`),
    /^SEARCH jobs USING COVERING INDEX jobs_by_creation \([^;]*$/,
  )
  assert.match(plan(`${scope} AND status = 'Failed'`), /^SEARCH jobs USING COVERING INDEX jobs_by_status \([^;]*$/)
  assert.match(plan("status IN ('InProgress', 'Stopping')"), /jobs_unfinished/)
  database.close()
})

test('a full disk refuses the write alone, and the store goes on once there is room', async () => {
  const program = `
    import { openSqliteStore } from ${JSON.stringify(import.meta.resolve('../../src/store/sqlite/sqlite-store.ts'))}
    import { aJob } from ${JSON.stringify(import.meta.resolve('../conformance/store/store-suite.ts'))}
    const store = await openSqliteStore({ path: process.argv[1] + '/store.db' })
    const big = { ...aJob(1), document: 'x'.repeat(4_000_000) }
    const error = await store.insertJob(big).catch((error) => error)
    const next = await store.insertJob(aJob(2))
    console.log(JSON.stringify({ name: error.name, code: error.code, next, big: await store.job(big.id) ?? null }))`
  const result = await onSmallDisk(program)
  assert.deepEqual(result, { name: 'StoreError', code: 'disk-full', next: { kind: 'inserted' }, big: null })
})

/** Runs a program on a disk of 2 MB, a tmpfs of a mount namespace of its own; its argument is the folder. @returns what it printed, parsed */
async function onSmallDisk(program: string): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-small-disk-'))
  const mountAndRun = 'mount -t tmpfs -o size=2m small "$0" && exec "$1" --input-type=module-typescript -e "$2" "$0"'
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  const command = [...user, '--mount', '--', 'sh', '-c', mountAndRun, folder, process.execPath, program]
  try {
    const child = spawn('unshare', command, { stdio: ['ignore', 'pipe', 'inherit'] })
    return JSON.parse(await text(child.stdout))
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('every write that was acknowledged is there after the writer was killed', async () => {
  await using under = await temporaryStore()
  await under.store.close()
  const program = `
    import { openSqliteStore } from ${JSON.stringify(import.meta.resolve('../../src/store/sqlite/sqlite-store.ts'))}
    import { aJob } from ${JSON.stringify(import.meta.resolve('../conformance/store/store-suite.ts'))}
    const store = await openSqliteStore({ path: ${JSON.stringify(under.path)} })
    for (let number = 0; ; number++) { await store.insertJob(aJob(number)); console.log(number) }`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let acknowledged = -1
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line)
    if (acknowledged === 50) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  const store = await under.reopen()
  assert.ok(acknowledged >= 50)
  for (let number = 0; number <= acknowledged; number++) assert.ok(await store.job(aJob(number).id), `job ${number}`)
})
