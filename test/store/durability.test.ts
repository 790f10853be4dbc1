import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { needsMounts, onSmallDisk } from '../support/small-disk.ts'
import { temporaryStore } from './temporary-store.ts'

const IMPORTS = `
  import { openSqliteStore } from ${JSON.stringify(import.meta.resolve('../../src/store/sqlite/sqlite-store.ts'))}
  import { aJob } from ${JSON.stringify(import.meta.resolve('../conformance/store/a-job.ts'))}
  import { advance } from ${JSON.stringify(import.meta.resolve('../../src/lifecycle/advance.ts'))}`

test('every write that was acknowledged is there after the writer was killed, whole', async () => {
  await using under = await temporaryStore()
  await under.store.close()
  // Four writers, so that the kill falls among commits of several writes.
  const child = program(`${IMPORTS}
    const store = await openSqliteStore({ path: ${JSON.stringify(under.path)} })
    let number = 0
    async function write() {
      for (;;) {
        const job = aJob(number++)
        await store.insertJob(job)
        const { state, transitionsFrom } = advance(job.state, { kind: 'downloading' }, job.state.creationTime + 5)
        const journal = [{ kind: 'downloading', time: 1, data: {} }]
        await store.apply({ id: job.id, expectedVersion: 1, state, transitionsFrom, journal })
        console.log(job.id)
      }
    }
    await Promise.all([write(), write(), write(), write()])`)
  const acknowledged: string[] = []
  for await (const id of createInterface({ input: child.stdout })) {
    if (acknowledged.push(id) === 100) child.kill('SIGKILL')
  }
  if (child.signalCode === null) await once(child, 'exit')
  const store = await under.reopen()
  assert.ok(acknowledged.length >= 100)
  for (const id of acknowledged) {
    const job = await store.job(id)
    assert.equal(job?.state.secondaryStatus, 'Downloading')
    assert.deepEqual(
      job.state.transitions.map(({ status }) => status),
      ['Starting', 'Downloading'],
    )
    assert.equal((await store.journal({ jobId: id, after: 0, limit: 9 })).length, 2)
  }
})

test(
  'a full disk refuses all writes of the turn by name, and the store goes on once there is room',
  needsMounts(),
  async () => {
    const result = await onSmallDisk(
      'size=3m',
      `${IMPORTS}
    import { rmSync, writeFileSync } from 'node:fs'
    const folder = process.argv[1]
    const store = await openSqliteStore({ path: folder + '/store.db' })
    await store.insertJob(aJob(0))
    writeFileSync(folder + '/ballast', 'x'.repeat(1_000_000))
    const big = { ...aJob(1), document: 'x'.repeat(4_000_000) }
    const refused = await Promise.allSettled([store.insertJob(aJob(2)), store.insertJob(big), store.insertJob(aJob(3))])
    const names = (job) => job?.name ?? null
    const before = await Promise.all([0, 1, 2, 3].map(async (number) => names(await store.job(aJob(number).id))))
    rmSync(folder + '/ballast')
    const { kind: next } = await store.insertJob(aJob(2))
    const { secondaryStatus } = (await store.job(aJob(2).id)).state
    console.log(JSON.stringify({
      refused: refused.map(({ reason }) => [reason?.name, reason?.code]), before, next, secondaryStatus,
    }))`,
    )
    const diskFull = ['StoreError', 'disk-full']
    assert.deepEqual(result, {
      refused: [diskFull, diskFull, diskFull],
      before: ['job-0', null, null, null],
      next: 'inserted',
      secondaryStatus: 'Starting',
    })
  },
)

test('a read-only file system refuses to open the store by name', needsMounts(), async () => {
  const result = await onSmallDisk(
    'size=1m,ro',
    `${IMPORTS}
    const error = await openSqliteStore({ path: process.argv[1] + '/store.db' }).catch((error) => error)
    console.log(JSON.stringify([error.name, error.code]))`,
  )
  assert.deepEqual(result, ['StoreError', 'io'])
})

function program(source: string) {
  return spawn(process.execPath, ['--input-type=module-typescript', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}
