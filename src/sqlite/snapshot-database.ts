import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { backup, DatabaseSync } from 'node:sqlite'

/** All pages in one step: a writer then cannot make the copy begin again, and the write-ahead log lets it write meanwhile. */
const ALL_PAGES = 2 ** 31 - 1
/** Whoever uses the database holds its locks for moments only. */
const BUSY_MS = 10_000

/**
 * Copies one state of a database that another process may be writing to, into a single file without a write-ahead log.
 * @param target must not exist @throws SQLite's error where the source is missing, or the disk refuses
 */
export async function snapshotDatabase(source: string, target: string): Promise<void> {
  // SQLite would make an empty one.
  if (!existsSync(source)) throw new MissingDatabaseError(source)
  // SQLite would make it for all to read; an empty file is an empty database to it.
  await (await open(target, 'wx', 0o600)).close()
  const database = new DatabaseSync(source, { timeout: BUSY_MS })
  try {
    await backup(database, target, { rate: ALL_PAGES })
  } finally {
    database.close()
  }
  const copy = new DatabaseSync(target)
  try {
    copy.exec('PRAGMA journal_mode = DELETE')
  } finally {
    copy.close()
  }
}

export class MissingDatabaseError extends Error {
  override readonly name = 'MissingDatabaseError'
  readonly code = 'MissingDatabase'

  constructor(path: string) {
    super(`${path} is not there: its folder is not the data folder of a server that has ever run.`)
  }
}
