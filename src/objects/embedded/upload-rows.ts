import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { ChecksumAlgorithm, ObjectMetadata, StoredChecksum } from '../objects.ts'

export interface UploadRecord {
  readonly id: string
  readonly bucket: string
  readonly key: string
  readonly creationTime: number
  readonly metadata: ObjectMetadata
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
  /** Base64. */
  readonly checksum?: string
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
}

interface PartRow {
  readonly part_number: number
  readonly blob: string
  readonly position: number
  readonly size: number
  readonly etag: string
  readonly checksum: string | null
}

const UPLOAD_COLUMNS = 'id, bucket, key, creation_time, metadata, checksum_algorithm, checksum_type, blob, slot'
const PART_COLUMNS = 'part_number, blob, position, size, etag, checksum'

/** The rows of `uploads` and `parts`. */
export class UploadRows {
  readonly #find: StatementSync
  readonly #insert: StatementSync
  readonly #setSlot: StatementSync
  readonly #delete: StatementSync
  readonly #parts: StatementSync
  readonly #findPart: StatementSync
  readonly #upsertPart: StatementSync

  constructor(database: DatabaseSync) {
    this.#find = database.prepare(`SELECT ${UPLOAD_COLUMNS} FROM uploads WHERE id = ?`)
    this.#insert = database.prepare(`INSERT INTO uploads (${UPLOAD_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)`)
    this.#setSlot = database.prepare('UPDATE uploads SET slot = ? WHERE id = ? AND slot IS NULL')
    this.#delete = database.prepare('DELETE FROM uploads WHERE id = ?')
    this.#parts = database.prepare(`SELECT ${PART_COLUMNS} FROM parts WHERE upload = ? ORDER BY part_number`)
    this.#findPart = database.prepare(`SELECT ${PART_COLUMNS} FROM parts WHERE upload = ? AND part_number = ?`)
    this.#upsertPart = database.prepare(
      `INSERT OR REPLACE INTO parts (upload, ${PART_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
  }

  find(id: string): UploadRecord | undefined {
    const row = this.#find.get(id)
    return row && uploadRecord(row as unknown as UploadRow)
  }

  insert(upload: UploadRecord): void {
    const what = [upload.id, upload.bucket, upload.key, upload.creationTime, JSON.stringify(upload.metadata)]
    this.#insert.run(...what, upload.checksum?.algorithm ?? null, upload.checksum?.type ?? null, upload.blob)
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

  findPart(id: string, partNumber: number): PartRecord | undefined {
    const row = this.#findPart.get(id, partNumber)
    return row && partRecord(row as unknown as PartRow)
  }

  putPart(id: string, part: PartRecord): void {
    this.#upsertPart.run(id, part.partNumber, part.blob, part.position, part.size, part.etag, part.checksum ?? null)
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
    ...(row.checksum === null ? {} : { checksum: row.checksum }),
  }
}
