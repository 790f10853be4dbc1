import { open, type FileHandle } from 'node:fs/promises'
import { S3_NAMESPACE } from '../protocol/rest-xml.ts'
import { uriEncode } from '../protocol/uri.ts'
import { xmlDocument } from '../protocol/xml-writer.ts'
import { childText, type XmlElement } from '../protocol/xml.ts'
import { ServiceError, UnexpectedAnswerError } from './client-errors.ts'
import { objectPath } from './object-path.ts'
import { readXml } from './read-xml.ts'
import type { Upload } from './transfer.ts'

const SMALLEST_PART = 16 * 2 ** 20
const MOST_PARTS = 10_000
const PARTS_AT_ONCE = 3

/** Uploads a file in parts, a few at a time; what has been sent is thrown away if one of them fails for good. */
export async function putParts(upload: Upload): Promise<void> {
  const file = await open(upload.path)
  try {
    const uploadId = await createUpload(upload)
    try {
      await complete(upload, uploadId, await sendParts(upload, file, uploadId))
    } catch (error) {
      await abort(upload, uploadId)
      throw error
    }
  } finally {
    await file.close()
  }
}

async function createUpload({ client, to, options }: Upload): Promise<string> {
  const path = objectPath(to)
  const response = await client.send({ service: 's3', method: 'POST', path, query: 'uploads=', signal: options.signal })
  const id = childText(await readXml(client.endpoint, response), 'UploadId')
  if (id !== undefined) return id
  throw new UnexpectedAnswerError(`The server began an upload to ${path} and named no UploadId.`)
}

/** @returns the parts' entity tags in order */
async function sendParts(upload: Upload, file: FileHandle, uploadId: string): Promise<readonly string[]> {
  const length = Math.max(SMALLEST_PART, Math.ceil(upload.size / MOST_PARTS))
  const etags: string[] = Array.from({ length: Math.ceil(upload.size / length) }, () => '')
  let next = 0
  const work = async () => {
    for (let at = next++; at < etags.length; at = next++) {
      const offset = at * length
      const part = { number: at + 1, offset, length: Math.min(length, upload.size - offset) }
      etags[at] = await sendPart(upload, part, { file, uploadId })
    }
  }
  const stopAll = (error: unknown) => {
    next = etags.length
    throw error
  }
  const workers = Array.from({ length: PARTS_AT_ONCE }, () => work().catch(stopAll))
  // All of them, so that none still reads the file when it is closed.
  const failed = (await Promise.allSettled(workers)).find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
  return etags
}

async function sendPart(
  { client, path, to, options }: Upload,
  part: { readonly number: number; readonly offset: number; readonly length: number },
  { file, uploadId }: { readonly file: FileHandle; readonly uploadId: string },
): Promise<string> {
  const bytes = Buffer.allocUnsafe(part.length)
  const { bytesRead } = await file.read(bytes, 0, part.length, part.offset)
  if (bytesRead < part.length) throw new UnexpectedAnswerError(`${path} became shorter while it was uploaded.`)
  const response = await client.send({
    service: 's3',
    method: 'PUT',
    path: objectPath(to),
    query: `partNumber=${part.number}&${uploadQuery(uploadId)}`,
    body: { kind: 'bytes', bytes },
    signal: options.signal,
  })
  await response.body.dump()
  options.onBytes?.(part.length)
  const { etag } = response.headers
  if (typeof etag === 'string') return etag
  throw new UnexpectedAnswerError(`The server took part ${part.number} of ${path} and named no ETag.`)
}

async function complete({ client, to, options }: Upload, uploadId: string, etags: readonly string[]): Promise<void> {
  const parts = etags.map((etag, at) => ({ PartNumber: at + 1, ETag: etag }))
  const response = await client.send({
    service: 's3',
    method: 'POST',
    path: objectPath(to),
    query: uploadQuery(uploadId),
    headers: { 'content-type': 'application/xml' },
    body: { kind: 'bytes', bytes: xmlDocument('CompleteMultipartUpload', S3_NAMESPACE, { Part: parts }) },
    signal: options.signal,
  })
  refuseError(await readXml(client.endpoint, response))
}

/** S3 may send 200 before it knows how joining the parts will end, and then an error as the document. */
function refuseError(answer: XmlElement): void {
  if (answer.name !== 'Error') return
  throw new ServiceError({
    code: childText(answer, 'Code') ?? 'InternalError',
    message: childText(answer, 'Message') ?? 'The parts could not be joined.',
    status: 200,
    requestId: childText(answer, 'RequestId'),
  })
}

/** The reason why the upload is given up is what the caller must see, not what this says. */
async function abort({ client, to }: Upload, uploadId: string): Promise<void> {
  const request = { service: 's3', method: 'DELETE', path: objectPath(to), query: uploadQuery(uploadId) } as const
  await client.send(request).catch(() => undefined)
}

function uploadQuery(uploadId: string): string {
  return `uploadId=${uriEncode(uploadId)}`
}
