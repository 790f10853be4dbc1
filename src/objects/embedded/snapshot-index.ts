import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { snapshotDatabase } from '../../sqlite/snapshot-database.ts'

/** Rows read at a time. */
const PAGE = 1000

/** A blob that the objects of a snapshot consist of. */
export interface SnapshotBlob {
  /** Relative to the store's folder: `blobs/ab/cdef…`. */
  readonly file: string
  readonly size: number
}

/**
 * Copies one state of an embedded store's index. Multipart uploads under way are left out: their files still change.
 * @param folder the store's @param target must not exist
 */
export async function snapshotIndex(folder: string, target: string): Promise<void> {
  await snapshotDatabase(indexFile(folder), target)
  const copy = new DatabaseSync(target, { enableForeignKeyConstraints: true })
  try {
    copy.exec('DELETE FROM uploads')
  } finally {
    copy.close()
  }
}

/** The blobs that a snapshot names, each once. */
export function* blobsOf(snapshot: string): Generator<SnapshotBlob> {
  const database = new DatabaseSync(snapshot, { readOnly: true })
  try {
    const page = database.prepare('SELECT DISTINCT blob, size FROM objects WHERE blob > ? ORDER BY blob LIMIT ?')
    for (let after = ''; ;) {
      const rows = page.all(after, PAGE)
      for (const { blob, size } of rows) yield { file: blobFile(String(blob)), size: Number(size) }
      if (rows.length < PAGE) return
      after = String(rows.at(-1)?.['blob'])
    }
  } finally {
    database.close()
  }
}

export function indexFile(folder: string): string {
  return join(folder, 'index.db')
}

/** As `BlobFolder` keeps it. */
function blobFile(blob: string): string {
  return join('blobs', blob.slice(0, 2), blob.slice(2))
}
