import type { DatabaseSync, StatementSync } from 'node:sqlite'

/**
 * One transaction for all reads that requests of one turn of the event loop come to: SQLite takes and gives back its locks for each that has none, which is a fourth of what
 * a read of a job costs. It ends before anything else has its turn, so that no write and no checkpoint ever meets it.
 */
export class SharedReads {
  readonly #database: DatabaseSync
  readonly #begin: StatementSync
  readonly #end: StatementSync

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#begin = database.prepare('BEGIN')
    this.#end = database.prepare('COMMIT')
  }

  /** To be called before a read, and not inside a write. */
  begin(): void {
    if (this.#database.isTransaction) return
    this.#begin.run()
    // Runs when all that was to follow at once has followed.
    process.nextTick(() => this.end())
  }

  /** To be called before the database is closed. */
  end(): void {
    if (this.#database.isOpen && this.#database.isTransaction) this.#end.run()
  }
}
