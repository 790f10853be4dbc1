import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { durableFileError } from '../durable/durable-file-error.ts'
import { makeFolders } from '../util/make-folders.ts'
import type { S3Location } from '../util/s3-uri.ts'
import { ConnectionError } from './client-errors.ts'
import { objectPath } from './object-path.ts'
import type { ClientResponse } from './client-response.ts'
import type { SignedClient } from './signed-client.ts'
import type { TransferOptions } from './transfer.ts'

export interface DownloadOptions extends TransferOptions {
  /** Told once, before the first byte. */
  readonly onSize?: (bytes: number) => void
}

/**
 * Brings an object to a file: under another name until it is whole, so that `path` is the whole object or not there. Makes the
 * folder where it is missing.
 *
 * @throws ServiceError (`NoSuchKey`), ConnectionError; DurableFileError for what the file system refuses
 */
export async function getFile(
  client: SignedClient,
  from: S3Location,
  path: string,
  options: DownloadOptions = {},
): Promise<void> {
  const { signal } = options
  const response = await client.send({ service: 's3', method: 'GET', path: objectPath(from), signal })
  const size = sizeOf(response)
  if (size !== undefined) options.onSize?.(size)
  const partial = join(dirname(path), `.${basename(path)}.${process.pid}.part`)
  try {
    await makeFolders(dirname(path))
    const body = counted(client.endpoint, response, options.onBytes)
    await pipeline(body, createWriteStream(partial), signal ? { signal } : {})
    await rename(partial, path)
  } catch (error) {
    // Where the folder is none, or closed, this fails as well, and says less.
    await rm(partial, { force: true }).catch(() => undefined)
    throw isFileSystems(error) ? durableFileError('write', path, error) : error
  }
}

function isFileSystems(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}

function sizeOf({ headers }: ClientResponse): number | undefined {
  const length = headers['content-length']
  return typeof length === 'string' ? Number(length) : undefined
}

/** A body that ends before its announced length is an error of undici's: nothing short ever gets the file's name. */
async function* counted(
  endpoint: string,
  { body }: ClientResponse,
  onBytes: TransferOptions['onBytes'],
): AsyncGenerator<Buffer> {
  const chunks: AsyncIterator<Buffer> = body[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { done, value } = await chunks.next().catch((error: unknown) => {
        throw new ConnectionError(endpoint, error)
      })
      if (done) return
      onBytes?.(value.length)
      yield value
    }
  } finally {
    await chunks.return?.()
  }
}
