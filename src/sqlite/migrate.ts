import type { DatabaseSync } from 'node:sqlite'

/** One step of a schema; steps are only ever appended. */
export interface Migration {
  /** 1, 2, 3 … without gaps. */
  readonly version: number
  readonly name: string
  /** True if a program that knows only the earlier steps would misread or harm a database that has this one. */
  readonly breaking: boolean
  readonly sql: string
}

/** The database was written by a newer program in a way that this one does not understand. */
export class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError'
  readonly code = 'NewerSchema'
  readonly found: number
  readonly known: number

  constructor(file: string, found: number, known: number) {
    super(
      `${file} has schema version ${found}; this program knows versions up to ${known}. Start the newer version of Trainyard that wrote it.`,
    )
    this.found = found
    this.known = known
  }
}

/**
 * Brings a database up to the last of `migrations`, each step in a transaction with its own record.
 * @throws NewerSchemaError if it has a breaking step that is not among them; steps that break nothing are passed over
 */
export function migrate(database: DatabaseSync, migrations: readonly Migration[]): void {
  database.exec(`CREATE TABLE IF NOT EXISTS schema_migrations (
    version  INTEGER PRIMARY KEY,
    name     TEXT    NOT NULL,
    breaking INTEGER NOT NULL
  ) STRICT`)
  const known = migrations.at(-1)?.version ?? 0
  refuseNewer(database, known)
  const current = Number(
    database.prepare('SELECT coalesce(max(version), 0) AS version FROM schema_migrations').get()?.['version'],
  )
  const missing = migrations.filter(({ version }) => version > current)
  if (missing.length === 0) return
  forbidSchemaText(database, false)
  for (const migration of missing) apply(database, migration)
  forbidSchemaText(database, true)
}

/** Whether the text of the schema may be written, as a migration does that changes a CHECK. Before Node 24.12 nothing forbids it. */
function forbidSchemaText(database: Partial<Pick<DatabaseSync, 'enableDefensive'>>, isForbidden: boolean): void {
  database.enableDefensive?.(isForbidden)
}

function refuseNewer(database: DatabaseSync, known: number): void {
  const newer = database
    .prepare('SELECT max(version) AS version FROM schema_migrations WHERE version > ? AND breaking = 1')
    .get(known)?.['version']
  if (typeof newer === 'number') throw new NewerSchemaError(database.location() ?? 'The database', newer, known)
}

function apply(database: DatabaseSync, migration: Migration): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    database
      .prepare('INSERT INTO schema_migrations (version, name, breaking) VALUES (?, ?, ?)')
      .run(migration.version, migration.name, migration.breaking ? 1 : 0)
    database.exec(migration.sql)
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
