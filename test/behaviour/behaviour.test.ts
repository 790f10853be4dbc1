import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { expected } from './expected.ts'
import type { Row } from './row.ts'
import { FAILURE_ROWS } from './rows-failures.ts'
import { FLEET_ROWS } from './rows-fleet.ts'
import { LIMIT_ROWS } from './rows-limits.ts'
import { NORMAL_ROWS } from './rows-normal.ts'
import { PLATFORM_FAULT_ROWS } from './rows-platform-faults.ts'
import { RETRY_ROWS } from './rows-retries.ts'
import { SPOT_ROWS } from './rows-spot.ts'
import { STOP_ROWS } from './rows-stops.ts'
import { WARM_AND_SHORT_ROWS } from './rows-warm-and-short.ts'
import { BEGIN, EARLIER, JOB, openWorld, type World } from './world.ts'

const ROWS: readonly Row[] = [
  ...NORMAL_ROWS,
  ...FAILURE_ROWS,
  ...PLATFORM_FAULT_ROWS,
  ...STOP_ROWS,
  ...LIMIT_ROWS,
  ...SPOT_ROWS,
  ...FLEET_ROWS,
  ...RETRY_ROWS,
  ...WARM_AND_SHORT_ROWS,
]

for (const row of ROWS)
  test(`${row.of}${row.variant === undefined ? '' : `: ${row.variant}`}`, async () => {
    await using world = await openWorld(row.configuration)
    const { account } = world.server
    if (row.after) await earlier(world, row.after)
    await row.before?.(world)
    const created = world.server.now().getTime()
    await world.create(JOB, row.request ?? {})
    for (const [index, [deed, shown]] of row.acts.entries()) {
      await deed(world)
      const named = { name: JOB, account, created }
      assert.deepEqual(await world.describe(JOB), expected(row.request, shown, named), `after act ${index + 1}`)
    }
    if (row.after) {
      const { request, shown } = row.after
      const named = { name: EARLIER, account, created: BEGIN }
      assert.deepEqual(await world.describe(EARLIER), expected(request, shown, named), 'the earlier job')
    }
    if (row.said) assert.deepEqual(await said(world), row.said)
  })

async function earlier(world: World, { request, since }: NonNullable<Row['after']>): Promise<void> {
  await world.create(EARLIER, request)
  await world.server.runUntilIdle()
  await world.server.advance(since)
}

/** Each message of the record in turn, by the journal. */
async function said({ server }: World): Promise<string[]> {
  const { journal } = await server.history(JOB)
  const messages = journal.flatMap(({ data }) => (typeof data['message'] === 'string' ? data['message'] : []))
  return messages.filter((message, index) => message !== messages[index - 1])
}

test('The table has every row of the behaviour page, sections 1.4.2 to 1.4.12, and no other', () => {
  const page = readFileSync(new URL('../../docs/sagemaker-behaviour.md', import.meta.url), 'utf8')
  assert.deepEqual([...new Set(ROWS.map(({ of }) => of))].toSorted(), rowsOf(page).toSorted())
})

const SECTION = /^#### (1\.4\.(?:[2-9]|1[0-2])) .*\n([\s\S]*?)(?=^#)/gm
const FIRST_CELL = /^\| ([^|]+?) \|/gm

/** A section with a table stands for the rows of that, whose first two lines are its head. */
function rowsOf(page: string): string[] {
  return Array.from(page.matchAll(SECTION)).flatMap(([, section = '', body = '']) => {
    const cells = Array.from(body.matchAll(FIRST_CELL), ([, cell = '']) => cell).slice(1)
    return cells.length === 0 ? section : cells.map((cell) => `${section} ${cell}`)
  })
}
