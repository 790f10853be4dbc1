import type { DatabaseSync, StatementSync } from 'node:sqlite'
import path from 'node:path'
import { GroupCommit } from '../../sqlite/group-commit.ts'
import { migrate } from '../../sqlite/migrate.ts'
import { openDatabase, type Synchronous } from '../../sqlite/open-database.ts'
import { BucketRows } from './bucket-rows.ts'
import { ObjectRows } from './object-rows.ts'
import { MIGRATIONS } from './schema.ts'
import { storageError } from './storage-errors.ts'
import { UploadRows } from './upload-rows.ts'

/** What is where: one SQLite database over the blobs. Reads are synchronous; writes of one turn share a commit. */
export class BlobIndex {
  readonly buckets: BucketRows
  readonly objects: ObjectRows
  readonly uploads: UploadRows
  readonly #database: DatabaseSync
  readonly #commits: GroupCommit
  readonly #isNamed: StatementSync

  /** @throws NewerSchemaError */
  constructor(folder: string, synchronous?: Synchronous) {
    this.#database = openDatabase(path.join(folder, 'index.db'), synchronous)
    migrate(this.#database, MIGRATIONS)
    this.#commits = new GroupCommit(this.#database, { named: storageError })
    this.buckets = new BucketRows(this.#database)
    this.objects = new ObjectRows(this.#database)
    this.uploads = new UploadRows(this.#database)
    this.#isNamed = this.#database.prepare(
      `SELECT EXISTS (SELECT 1 FROM objects WHERE blob = ?1)
           OR EXISTS (SELECT 1 FROM uploads WHERE blob = ?1)
           OR EXISTS (SELECT 1 FROM parts WHERE blob = ?1) AS named`,
    )
  }

  /** @throws what `work` throws; ObjectStoreError StorageUnavailable if the disk refuses the commit */
  write<Result>(work: () => Result): Promise<Result> {
    return this.#commits.write(work)
  }

  /** Whether any row names this file. */
  names(blob: string): boolean {
    return this.#isNamed.get(blob)?.['named'] === 1
  }

  close(): void {
    this.#commits.flush()
    this.#database.close()
  }
}
