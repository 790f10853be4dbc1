import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { ChecksumAlgorithm, ObjectMetadata, StoredChecksum, Tag } from '../objects.ts'
import { tagsText, type KeyRange } from './object-rows.ts'

export interface UploadRecord {
  readonly id: string
  readonly bucket: string
  readonly key: string
  readonly creationTime: number
  readonly metadata: ObjectMetadata
  readonly tags?: readonly Tag[]
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: StoredChecksum['type'] }
  /** The file whose slots take the parts. */
  readonly blob: string
  /** Bytes of a slot, once the first part has said its size. */
  readonly slot?: number
}

/** Where a part lies. */
export interface PartRecord {
  readonly partNumber: number
  readonly blob: string
  readonly position: number
  readonly size: number
  readonly etag: string
  readonly lastModified: number
  /** Base64. */
  readonly checksum?: string
}

/** Uploads of a range of keys; with `afterId`, also those of the key it begins behind that have a greater id. */
export interface UploadRange extends KeyRange {
  readonly afterId?: string
}

interface UploadRow {
  readonly id: string
  readonly bucket: string
  readonly key: string
  readonly creation_time: number
  readonly metadata: string
  readonly checksum_algorithm: ChecksumAlgorithm | null
  readonly checksum_type: StoredChecksum['type']
  readonly blob: string
  readonly slot: number | null
  readonly tags: string | null
}

interface PartRow {
  readonly part_number: number
  readonly blob: string
  readonly position: number
  readonly size: number
  readonly etag: string
  readonly checksum: string | null
  readonly last_modified: number
}

const UPLOAD_COLUMNS = 'id, bucket, key, creation_time, metadata, checksum_algorithm, checksum_type, blob, tags, slot'
const PART_COLUMNS = 'part_number, blob, position, size, etag, checksum, last_modified'

/** The rows of `uploads` and `parts`. */
export class UploadRows {
  readonly #database: DatabaseSync
  readonly #ranges = new Map<string, StatementSync>()
  readonly #find: StatementSync
  readonly #insert: StatementSync
  readonly #setSlot: StatementSync
  readonly #delete: StatementSync
  readonly #parts: StatementSync
  readonly #partsAfter: StatementSync
  readonly #blobsOfBucket: StatementSync
  readonly #deleteOfBucket: StatementSync
  readonly #findPart: StatementSync
  readonly #upsertPart: StatementSync

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#find = database.prepare(`SELECT ${UPLOAD_COLUMNS} FROM uploads WHERE id = ?`)
    this.#insert = database.prepare(`INSERT INTO uploads (${UPLOAD_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)`)
    this.#setSlot = database.prepare('UPDATE uploads SET slot = ? WHERE id = ? AND slot IS NULL')
    this.#delete = database.prepare('DELETE FROM uploads WHERE id = ?')
    this.#parts = database.prepare(`SELECT ${PART_COLUMNS} FROM parts WHERE upload = ? ORDER BY part_number`)
    this.#partsAfter = database.prepare(
      `SELECT ${PART_COLUMNS} FROM parts WHERE upload = ? AND part_number > ? ORDER BY part_number LIMIT ?`,
    )
    this.#blobsOfBucket = database.prepare(
      `SELECT blob FROM uploads WHERE bucket = ?1
        UNION SELECT parts.blob FROM parts JOIN uploads ON uploads.id = parts.upload WHERE uploads.bucket = ?1`,
    )
    this.#deleteOfBucket = database.prepare('DELETE FROM uploads WHERE bucket = ?')
    this.#findPart = database.prepare(`SELECT ${PART_COLUMNS} FROM parts WHERE upload = ? AND part_number = ?`)
    this.#upsertPart = database.prepare(
      `INSERT OR REPLACE INTO parts (upload, ${PART_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
  }

  find(id: string): UploadRecord | undefined {
    const row = this.#find.get(id)
    return row && uploadRecord(row as unknown as UploadRow)
  }

  insert(upload: UploadRecord): void {
    const what = [upload.id, upload.bucket, upload.key, upload.creationTime, JSON.stringify(upload.metadata)]
    this.#insert.run(
      ...what,
      upload.checksum?.algorithm ?? null,
      upload.checksum?.type ?? null,
      upload.blob,
      tagsText(upload.tags),
    )
  }

  /** The first part that says its size decides; later calls change nothing. */
  setSlot(id: string, slot: number): void {
    this.#setSlot.run(slot, id)
  }

  /** Takes its parts with it. */
  delete(id: string): void {
    this.#delete.run(id)
  }

  parts(id: string): readonly PartRecord[] {
    return this.#parts.all(id).map((row) => partRecord(row as unknown as PartRow))
  }

  /** At most `limit` parts with numbers above `after`. */
  partsAfter(id: string, after: number, limit: number): readonly PartRecord[] {
    return this.#partsAfter.all(id, after, limit).map((row) => partRecord(row as unknown as PartRow))
  }

  /** @returns the files that the uploads had */
  deleteOfBucket(bucket: string): readonly string[] {
    const blobs = this.#blobsOfBucket.all(bucket).map((row) => String(row['blob']))
    this.#deleteOfBucket.run(bucket)
    return blobs
  }

  /** By key, then id. The caller must end the iteration within its turn of the event loop. */
  *range(range: UploadRange): Generator<UploadRecord> {
    const { bucket, from, until, afterId } = range
    const bounds = [
      bucket,
      from.key,
      ...(afterId === undefined ? [] : [afterId]),
      ...(until === undefined ? [] : [until]),
    ]
    for (const row of this.#range(range).iterate(...bounds)) yield uploadRecord(row as unknown as UploadRow)
  }

  findPart(id: string, partNumber: number): PartRecord | undefined {
    const row = this.#findPart.get(id, partNumber)
    return row && partRecord(row as unknown as PartRow)
  }

  putPart(id: string, part: PartRecord): void {
    this.#upsertPart.run(
      id,
      part.partNumber,
      part.blob,
      part.position,
      part.size,
      part.etag,
      part.checksum ?? null,
      part.lastModified,
    )
  }

  #range({ from, until, afterId }: UploadRange): StatementSync {
    const behind = afterId === undefined ? `key ${from.inclusive ? '>=' : '>'} ?` : '(key, id) > (?, ?)'
    const where = `bucket = ? AND ${behind}${until === undefined ? '' : ' AND key < ?'}`
    const known = this.#ranges.get(where)
    if (known) return known
    const statement = this.#database.prepare(`SELECT ${UPLOAD_COLUMNS} FROM uploads WHERE ${where} ORDER BY key, id`)
    this.#ranges.set(where, statement)
    return statement
  }
}

function uploadRecord(row: UploadRow): UploadRecord {
  return {
    id: row.id,
    bucket: row.bucket,
    key: row.key,
    creationTime: row.creation_time,
    metadata: JSON.parse(row.metadata) as ObjectMetadata,
    blob: row.blob,
    ...(row.tags === null ? {} : { tags: JSON.parse(row.tags) as Tag[] }),
    ...(row.checksum_algorithm ? { checksum: { algorithm: row.checksum_algorithm, type: row.checksum_type } } : {}),
    ...(row.slot === null ? {} : { slot: row.slot }),
  }
}

function partRecord(row: PartRow): PartRecord {
  return {
    partNumber: row.part_number,
    blob: row.blob,
    position: row.position,
    size: row.size,
    etag: row.etag,
    lastModified: row.last_modified,
    ...(row.checksum === null ? {} : { checksum: row.checksum }),
  }
}
