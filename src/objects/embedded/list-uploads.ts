import type { ListUploadsQuery, UploadInfo, UploadPage } from '../objects.ts'
import type { UploadRecord, UploadRows } from './upload-rows.ts'
import { walkKeys, type Start } from './walk-keys.ts'

/** One page of a bucket's uploads that are under way. A page may end between two uploads of one key. */
export function listUploads(rows: Pick<UploadRows, 'range'>, query: ListUploadsQuery): UploadPage {
  const { bucket, after } = query
  const infos = (from: Start, until: string | undefined) => {
    const isWithinKey = after?.uploadId !== undefined && !from.inclusive && from.key === after.key
    return infosOf(rows.range({ bucket, from, until, ...(isWithinKey ? { afterId: after.uploadId } : {}) }))
  }
  const { items, commonPrefixes, next } = walkKeys(infos, query, after?.key)
  if (next === undefined) return { uploads: items, commonPrefixes }
  const last = items.at(-1)
  const uploadId = last?.key === next ? last.uploadId : undefined
  return { uploads: items, commonPrefixes, next: { key: next, ...(uploadId === undefined ? {} : { uploadId }) } }
}

/** What others may know of an upload. */
export function uploadInfo({ id, bucket, key, creationTime, checksum }: UploadRecord): UploadInfo {
  return { bucket, key, uploadId: id, creationTime, ...(checksum ? { checksum } : {}) }
}

function* infosOf(uploads: Iterable<UploadRecord>): Generator<UploadInfo> {
  for (const upload of uploads) yield uploadInfo(upload)
}
