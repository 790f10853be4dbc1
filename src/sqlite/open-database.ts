import { DatabaseSync } from 'node:sqlite'

/** Whether a commit is on the disk before it counts. `OFF` is for folders that go with the process that made them: it survives a kill, and no loss of power. */
export type Synchronous = 'FULL' | 'OFF'

/**
 * Opens or makes a database as every database of ours is kept: a write-ahead log, and a commit is on the disk before it counts, unless it is told otherwise.
 * @param file absolute path; its folder exists
 */
export function openDatabase(file: string, synchronous: Synchronous = 'FULL'): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5000, enableForeignKeyConstraints: true })
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA temp_store = MEMORY`)
  return database
}
