import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { JobTag } from '../store.ts'

/** The table of tags. */
export class TagRows {
  readonly #of: StatementSync
  readonly #insert: StatementSync
  readonly #put: StatementSync
  readonly #delete: StatementSync

  constructor(database: DatabaseSync) {
    this.#of = database.prepare('SELECT key, value FROM tags WHERE job_id = ? ORDER BY key')
    this.#insert = database.prepare('INSERT INTO tags (job_id, key, value) VALUES (?, ?, ?)')
    this.#put = database.prepare(
      'INSERT INTO tags (job_id, key, value) VALUES (?, ?, ?) ON CONFLICT (job_id, key) DO UPDATE SET value = excluded.value',
    )
    this.#delete = database.prepare('DELETE FROM tags WHERE job_id = ? AND key = ?')
  }

  of(jobId: string): JobTag[] {
    return this.#of.all(jobId).map((row) => ({ key: row['key'] as string, value: row['value'] as string }))
  }

  /** @throws for a key that is there twice */
  insert(jobId: string, tags: readonly JobTag[]): void {
    for (const { key, value } of tags) this.#insert.run(jobId, key, value)
  }

  put(jobId: string, tags: readonly JobTag[]): void {
    for (const { key, value } of tags) this.#put.run(jobId, key, value)
  }

  /** How many tags there would be after a put. */
  countWith(jobId: string, tags: readonly JobTag[]): number {
    return new Set([...this.of(jobId), ...tags].map(({ key }) => key)).size
  }

  delete(jobId: string, keys: readonly string[]): void {
    for (const key of keys) this.#delete.run(jobId, key)
  }
}
