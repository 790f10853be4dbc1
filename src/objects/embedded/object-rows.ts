import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { ObjectStoreError, type ObjectInfo, type ObjectMetadata, type StoredChecksum, type Tag } from '../objects.ts'
import { ObjectPartRows } from './object-part-rows.ts'
import type { Start } from './walk-keys.ts'

/** An object and the file that holds its bytes. */
export interface StoredObject {
  readonly info: ObjectInfo
  readonly blob: string
  /** The multipart upload that made it. */
  readonly upload?: string
}

interface ObjectRow {
  readonly bucket: string
  readonly key: string
  readonly blob: string
  readonly size: number
  readonly etag: string
  readonly last_modified: number
  readonly metadata: string
  readonly checksum_algorithm: StoredChecksum['algorithm'] | null
  readonly checksum_value: string
  readonly checksum_type: StoredChecksum['type']
  readonly upload: string | null
  readonly tags: string | null
}

const COLUMNS =
  'bucket, key, blob, size, etag, last_modified, metadata, checksum_algorithm, checksum_value, checksum_type, upload, tags'

/** Where a walk over keys begins and ends, in UTF-8 binary order. */
export interface KeyRange {
  readonly bucket: string
  readonly from: Start
  /** Exclusive; none for the end of the bucket. */
  readonly until: string | undefined
}

/** The rows of `objects`. */
export class ObjectRows {
  readonly parts: ObjectPartRows
  readonly #database: DatabaseSync
  readonly #find: StatementSync
  readonly #upsert: StatementSync
  readonly #delete: StatementSync
  readonly #setTags: StatementSync
  readonly #any: StatementSync
  readonly #ranges = new Map<string, StatementSync>()

  constructor(database: DatabaseSync) {
    this.#database = database
    this.parts = new ObjectPartRows(database)
    this.#find = database.prepare(`SELECT ${COLUMNS} FROM objects WHERE bucket = ? AND key = ?`)
    this.#upsert = database.prepare(
      `INSERT OR REPLACE INTO objects (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#delete = database.prepare('DELETE FROM objects WHERE bucket = ? AND key = ? RETURNING blob')
    this.#setTags = database.prepare('UPDATE objects SET tags = ? WHERE bucket = ? AND key = ?')
    this.#any = database.prepare('SELECT EXISTS (SELECT 1 FROM objects WHERE bucket = ?) AS found')
  }

  find(bucket: string, key: string): StoredObject | undefined {
    const row = this.#find.get(bucket, key)
    return row && storedObject(row as unknown as ObjectRow)
  }

  /** @throws ObjectStoreError NoSuchKey */
  require(bucket: string, key: string): StoredObject {
    const found = this.find(bucket, key)
    if (!found) throw new ObjectStoreError('NoSuchKey', `There is no object ${key} in bucket ${bucket}.`)
    return found
  }

  /** @returns the blob of the version that it replaces */
  put({ info, blob, upload }: StoredObject): string | undefined {
    const replaced = this.find(info.bucket, info.key)?.blob
    const { checksum } = info
    const what = [info.bucket, info.key, blob, info.size, info.etag, info.lastModified, JSON.stringify(info.metadata)]
    const sum = checksum ? [checksum.algorithm, checksum.value, checksum.type] : [null, null, null]
    this.#upsert.run(...what, ...sum, upload ?? null, tagsText(info.tags))
    if (replaced !== undefined) this.parts.forget(replaced)
    return replaced
  }

  /** @throws ObjectStoreError NoSuchKey */
  setTags(bucket: string, key: string, tags: readonly Tag[]): void {
    this.require(bucket, key)
    this.#setTags.run(tagsText(tags), bucket, key)
  }

  /** Whether the bucket has any object. */
  any(bucket: string): boolean {
    return this.#any.get(bucket)?.['found'] === 1
  }

  /** @returns the blob that it had */
  delete(bucket: string, key: string): string | undefined {
    const row = this.#delete.get(bucket, key)
    if (!row) return undefined
    const blob = String(row['blob'])
    this.parts.forget(blob)
    return blob
  }

  /** Objects of a range in order. The caller must end the iteration within its turn of the event loop. */
  *range(range: KeyRange): Generator<StoredObject> {
    const { bucket, from, until } = range
    const bounds = until === undefined ? [bucket, from.key] : [bucket, from.key, until]
    for (const row of this.#range(range).iterate(...bounds)) yield storedObject(row as unknown as ObjectRow)
  }

  #range({ from, until }: KeyRange): StatementSync {
    const where = `bucket = ? AND key ${from.inclusive ? '>=' : '>'} ?${until === undefined ? '' : ' AND key < ?'}`
    const known = this.#ranges.get(where)
    if (known) return known
    const statement = this.#database.prepare(`SELECT ${COLUMNS} FROM objects WHERE ${where} ORDER BY key`)
    this.#ranges.set(where, statement)
    return statement
  }
}

function storedObject(row: ObjectRow): StoredObject {
  const checksum = row.checksum_algorithm && {
    algorithm: row.checksum_algorithm,
    value: row.checksum_value,
    type: row.checksum_type,
  }
  const info: ObjectInfo = {
    bucket: row.bucket,
    key: row.key,
    size: row.size,
    etag: row.etag,
    lastModified: row.last_modified,
    metadata: JSON.parse(row.metadata) as ObjectMetadata,
    ...(row.tags === null ? {} : { tags: JSON.parse(row.tags) as Tag[] }),
    ...(checksum ? { checksum } : {}),
  }
  return { info, blob: row.blob, ...(row.upload === null ? {} : { upload: row.upload }) }
}

/** What the rows of objects and uploads hold of tags; null for none. */
export function tagsText(tags: readonly Tag[] | undefined): string | null {
  return tags && tags.length > 0 ? JSON.stringify(tags) : null
}
