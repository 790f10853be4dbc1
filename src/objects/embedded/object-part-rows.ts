import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { ObjectPart } from '../objects.ts'

interface PartRow {
  readonly part_number: number
  readonly position: number
  readonly size: number
  readonly checksum: string | null
}

/** The rows of `object_parts`: of which parts a blob was made. They belong to the blob, and so to all objects that share it. */
export class ObjectPartRows {
  readonly #insert: StatementSync
  readonly #count: StatementSync
  readonly #page: StatementSync
  readonly #forget: StatementSync

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(
      'INSERT INTO object_parts (blob, part_number, position, size, checksum) VALUES (?, ?, ?, ?, ?)',
    )
    this.#count = database.prepare('SELECT count(*) AS count FROM object_parts WHERE blob = ?')
    this.#page = database.prepare(
      `SELECT part_number, position, size, checksum FROM object_parts
        WHERE blob = ? AND part_number > ? ORDER BY part_number LIMIT ?`,
    )
    this.#forget = database.prepare(
      'DELETE FROM object_parts WHERE blob = ?1 AND NOT EXISTS (SELECT 1 FROM objects WHERE blob = ?1)',
    )
  }

  /** @param parts in the order in which they lie in the blob */
  insert(
    blob: string,
    parts: readonly { readonly partNumber: number; readonly size: number; readonly checksum?: string }[],
  ): void {
    let position = 0
    for (const { partNumber, size, checksum } of parts) {
      this.#insert.run(blob, partNumber, position, size, checksum ?? null)
      position += size
    }
  }

  count(blob: string): number {
    return Number(this.#count.get(blob)?.['count'])
  }

  /** At most `limit` parts with numbers above `after`. */
  page(blob: string, after: number, limit: number): readonly ObjectPart[] {
    return this.#page.all(blob, after, limit).map((row) => objectPart(row as unknown as PartRow))
  }

  /** Once an object has let go of a blob: its parts go with the last of those that share it. */
  forget(blob: string): void {
    this.#forget.run(blob)
  }
}

function objectPart({ part_number: partNumber, position, size, checksum }: PartRow): ObjectPart {
  const range = { first: position, last: position + size - 1 }
  return { partNumber, ...range, ...(checksum === null ? {} : { checksum }) }
}
