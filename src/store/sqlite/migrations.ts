import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownFile } from '../../installation/own-file.ts'
import type { Migration } from '../../sqlite/migrate.ts'

/** A migration whose file does not say what the others say. */
export class MigrationFileError extends Error {
  override readonly name = 'MigrationFileError'
  readonly code = 'BadMigrationFile'

  constructor(file: string) {
    super(
      `${file} must be named NNNN_name.sql and begin with the line "-- NNNN name (breaking|not breaking): purpose".`,
    )
  }
}

/**
 * The numbered `.sql` files in order, ready for `migrate`. Files are added and, once shipped, never edited.
 * @throws MigrationFileError
 */
export function sqliteMigrations(): readonly Migration[] {
  const folder = ownFile('store/migrations/sqlite')
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  return files.sort().map((file) => parseMigration(file, readFileSync(join(folder, file), 'utf8')))
}

/** @param file its name without folder. @throws MigrationFileError */
export function parseMigration(file: string, sql: string): Migration {
  const [, number = '', name = ''] = /^(\d{4})_([a-z-]+)\.sql$/.exec(file) ?? []
  const [, again, nameAgain, flag] = /^-- (\d{4}) ([a-z-]+) \((breaking|not breaking)\): ./.exec(sql) ?? []
  if (number === '' || number !== again || name !== nameAgain) throw new MigrationFileError(file)
  return { version: Number(number), name, breaking: flag === 'breaking', sql }
}
