import { DatabaseSync } from 'node:sqlite'

/**
 * Opens or makes a database as every database of ours is kept: a write-ahead log, and a commit is on the disk before it counts.
 * @param file absolute path; its folder exists
 */
export function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5000, enableForeignKeyConstraints: true })
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY')
  return database
}
