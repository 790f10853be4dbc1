import assert from 'node:assert/strict'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Runtime } from '../../src/runtime/runtime.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { JournalEntry } from '../../src/store/store.ts'
import { Bench } from '../runtime/process/support/bench.ts'
import { supervisorFixture } from '../supervisor/supervisor-fixture.ts'
import { ended, statusesOf, submit } from './clients.ts'
import { startTestServer } from './test-server.ts'

const UNHEALTHY = 'Launched instance was unhealthy, replacing it!'

/** What the journal says of launches: kind, message and cause of each entry before the first Downloading. */
function launches(journal: readonly JournalEntry[]): string[] {
  return journal
    .filter(({ kind }) => kind === 'preparing' || kind === 'unhealthy')
    .map(({ kind, data }) => (kind === 'unhealthy' ? String(data['message']) : kind))
}

/** The process runtime on a machine on which logs cannot be written until an instance has been found unhealthy for it. */
function brokenAtFirst(runtime: Runtime, logs: string): Runtime {
  writeFileSync(logs, 'a file where a folder is needed')
  return {
    name: runtime.name,
    capabilities: () => runtime.capabilities(),
    admit: (job) => runtime.admit(job),
    launch: (spec, options) =>
      runtime.launch({ ...spec, logFile: join(logs, spec.id.host) }, options).catch((error: unknown) => {
        rmSync(logs, { recursive: true })
        throw error
      }),
    find: (id) => runtime.find(id),
    known: () => runtime.known(),
    collect: (ids, options) => runtime.collect(ids, options),
    close: () => runtime.close(),
  }
}

test('a launched instance that is unhealthy is replaced, its job says so, and runs on the next one', async () => {
  await using bench = await Bench.open('auto')
  const logs = join(bench.dataFolder, 'logs')
  await using fixture = await supervisorFixture({ runtime: () => brokenAtFirst(bench.runtime, logs) })
  const job = await fixture.submit({
    AlgorithmSpecification: { TrainingInputMode: 'File', ContainerEntrypoint: ['true'] },
  })
  await fixture.supervisors.idle()
  assert.equal((await fixture.state(job)).status, 'Completed')
  const journal = await fixture.store.journal({ jobId: job, after: 0, limit: 100 })
  assert.deepEqual(launches(journal), ['preparing', UNHEALTHY, 'preparing'])
  const { data } = journal.find(({ kind }) => kind === 'unhealthy') ?? {}
  assert.match(String(data?.['cause']), /logs cannot be written/)
})

test('three unhealthy launches are a fault of the platform; the server runs the next job as soon as it can', async () => {
  await using server = await startTestServer({ configuration: 'keep: { failed: 0s }\n' })
  const [logs, aside] = [join(server.data, 'logs'), join(server.data, 'logs.aside')]
  renameSync(logs, aside)
  writeFileSync(logs, 'a file where a folder is needed')
  const failed = await ended(server, await submit(server, 'true'))
  assert.deepEqual(statusesOf(failed), ['Starting', 'Failed'])
  assert.match(failed.FailureReason ?? '', /^InternalServerError/)
  rmSync(logs)
  renameSync(aside, logs)
  assert.equal((await ended(server, await submit(server, 'true'))).TrainingJobStatus, 'Completed')
  await server.app.close()
  const store = await openSqliteStore({ path: join(server.data, 'store.db') })
  const journal = await store.journal({ after: 0, limit: 1000 })
  await store.close()
  const ofFailed = journal.filter(({ jobId }) => jobId === journal.find(({ kind }) => kind === 'unhealthy')?.jobId)
  assert.deepEqual(launches(ofFailed), ['preparing', UNHEALTHY, 'preparing', UNHEALTHY, 'preparing'])
})
