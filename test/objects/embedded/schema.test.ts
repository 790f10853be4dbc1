import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { MIGRATIONS } from '../../../src/objects/embedded/schema.ts'
import { migrate } from '../../../src/sqlite/migrate.ts'

test('the migrations make the schema that schema.sql shows', async () => {
  const database = new DatabaseSync(':memory:')
  migrate(database, MIGRATIONS)
  const rows = database.prepare('SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, name').all()
  const dump = rows.map((row) => `${String(row['sql']).replaceAll(/^ {6}/gm, '')};\n`).join('\n')
  const shown = await readFile(path.join(import.meta.dirname, 'schema.sql'), 'utf8')
  assert.equal(dump, shown)
})

test('migrations are numbered from 1 without gaps', () => {
  assert.deepEqual(
    MIGRATIONS.map((migration) => migration.version),
    MIGRATIONS.map((_, at) => at + 1),
  )
})
