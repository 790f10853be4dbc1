import { DatabaseSync } from 'node:sqlite'

/** SQLite's result code for a lock that somebody else holds. */
const SQLITE_BUSY = 5

/**
 * A lock of the kernel's that dies with its process. Node has no flock, but SQLite takes one: a database of its own, held in an exclusive
 * transaction that is never committed. Nothing else may open the file: a POSIX lock is lost when its process closes any descriptor of it.
 */
export class FolderLock {
  readonly #database: DatabaseSync

  private constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** @returns undefined where another process holds it. @throws SQLite's error where the file cannot be made or opened */
  static take(path: string): FolderLock | undefined {
    const database = new DatabaseSync(path)
    try {
      database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
      return new FolderLock(database)
    } catch (error) {
      database.close()
      if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return undefined
      throw error
    }
  }

  /** Idempotent. */
  release(): void {
    if (this.#database.isOpen) this.#database.close()
  }
}
