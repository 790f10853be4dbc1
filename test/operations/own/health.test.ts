import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { serverHealth } from '../../../src/operations/own/health.ts'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { needsMounts, onSmallDisk } from '../../support/small-disk.ts'

const SOURCES = join(import.meta.dirname, '../../../src')

async function parts(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-health-'))
  const store = await openSqliteStore({ path: join(folder, 'store.db') })
  t.after(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })
  return { folder, store, runtime: {} }
}

test('a server that can accept and run jobs is well, and looking leaves nothing behind', async (t) => {
  const given = await parts(t)
  const before = readdirSync(given.folder)
  assert.deepEqual(await serverHealth(given)(), {
    status: 200,
    body: { status: 'ok', checks: { store: 'ok', disk: 'ok', agent: 'ok' } },
  })
  assert.deepEqual(readdirSync(given.folder), before)
})

test('a record that cannot be read and an agent that does not answer are each named', async (t) => {
  const given = await parts(t)
  await given.store.close()
  const runtime = { problem: () => 'the agent does not answer' }
  assert.deepEqual(await serverHealth({ ...given, runtime })(), {
    status: 503,
    body: {
      status: 'failing',
      checks: {
        store: 'the record of jobs cannot be read (closed)',
        disk: 'ok',
        agent: 'the agent does not answer',
      },
    },
  })
})

test('those who ask at the same time share one look', async (t) => {
  const given = await parts(t)
  let looks = 0
  const runtime = { problem: () => void looks++ }
  const health = serverHealth({ ...given, runtime })
  await Promise.all([health(), health(), health()])
  assert.equal(looks, 1)
  await health()
  assert.equal(looks, 2)
})

for (const [what, options, fill, code] of [
  ['full', 'size=64k', true, 'ENOSPC'],
  ['read-only', 'ro', false, 'EROFS'],
] as const)
  test(`a ${what} disk is named, and well again once it is mended`, needsMounts(), async () => {
    const found = await onSmallDisk(
      options,
      `
      import { rmSync, writeFileSync } from 'node:fs'
      import { serverHealth } from '${SOURCES}/operations/own/health.ts'
      const folder = process.argv[1]
      const health = serverHealth({ folder, runtime: {}, store: { job: async () => undefined } })
      if (${fill}) try { writeFileSync(folder + '/fill', Buffer.alloc(1 << 20)) } catch {}
      const bad = await health()
      if (${fill}) rmSync(folder + '/fill')
      console.log(JSON.stringify([bad, (await health()).status]))
      `,
    )
    const [bad, after] = found as [{ status: number; body: { checks: Record<string, string> } }, number]
    assert.equal(bad.status, 503)
    assert.match(
      bad.body.checks['disk'] ?? '',
      new RegExp(`^the data folder cannot be written to \\(${code}, \\d+ bytes are free\\)$`),
    )
    assert.equal(after, fill ? 200 : 503)
  })
