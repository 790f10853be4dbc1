import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { storeSchema } from '../../scripts/dump-schema.ts'

test('the schema that is checked in is the one the migrations make', async () => {
  const file = new URL('../../src/store/sqlite/schema.sql', import.meta.url)
  assert.equal(await readFile(file, 'utf8'), storeSchema(), 'run `node scripts/dump-schema.ts` and review what changed')
})
