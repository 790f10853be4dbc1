import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { S3Location } from '../util/s3-uri.ts'
import { objectPath } from './object-path.ts'
import { putParts } from './put-parts.ts'
import type { SignedClient } from './signed-client.ts'
import type { TransferOptions, Upload } from './transfer.ts'

/** Above this a file goes in parts: a broken connection then costs a part and not the whole. */
const LARGEST_SINGLE_PUT = 64 * 2 ** 20

/** Uploads a file in constant memory, every byte under the signature. @throws ServiceError, ConnectionError, or the file system's error */
export async function putFile(
  client: SignedClient,
  path: string,
  to: S3Location,
  options: TransferOptions = {},
): Promise<void> {
  const { size } = await stat(path)
  const upload = { client, path, size, to, options }
  await (size > LARGEST_SINGLE_PUT ? putParts(upload) : putWhole(upload))
}

async function putWhole({ client, path, size, to, options }: Upload): Promise<void> {
  const { onBytes = () => {}, signal } = options
  const sha256 = await sha256Of(path)
  let sent = 0
  const open = () => {
    onBytes(-sent)
    sent = 0
    return Readable.from(
      counted(path, (bytes) => {
        sent += bytes
        onBytes(bytes)
      }),
    )
  }
  const body = { kind: 'stream', open, length: size, sha256 } as const
  const response = await client.send({ service: 's3', method: 'PUT', path: objectPath(to), body, signal })
  await response.body.dump()
}

async function* counted(path: string, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  const chunks: AsyncIterable<Buffer> = createReadStream(path)
  for await (const chunk of chunks) {
    onBytes(chunk.length)
    yield chunk
  }
}

async function sha256Of(path: string): Promise<string> {
  const sum = createHash('sha256')
  for await (const chunk of createReadStream(path)) sum.update(chunk)
  return sum.digest('hex')
}
