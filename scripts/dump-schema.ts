import { writeFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { migrate } from '../src/sqlite/migrate.ts'
import { sqliteMigrations } from '../src/store/sqlite/migrations.ts'

/** The schema of the job record that all migrations together make, in SQLite's own words. */
export function storeSchema(): string {
  const database = new DatabaseSync(':memory:')
  migrate(database, sqliteMigrations())
  const rows = database
    .prepare(
      `SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'
       ORDER BY tbl_name, CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 ELSE 2 END, name`,
    )
    .all()
  database.close()
  return `-- Made by \`node scripts/dump-schema.ts\`; a test fails when it is stale.\n\n${rows.map(({ sql }) => `${String(sql)};\n`).join('\n')}`
}

if (import.meta.main) await writeFile(new URL('../src/store/sqlite/schema.sql', import.meta.url), storeSchema())
