import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { AwsError } from '../protocol/errors.ts'
import type { SignableRequest } from '../protocol/signable-request.ts'
import { errorCode } from '../util/error-code.ts'

const inflate = promisify(gunzip)

/**
 * A body as it was before its client compressed it, as SDKs do with long PutMetricData requests (wire 4). The signature is over what was sent.
 * @param mostBytes of what comes out: a small body may stand for any amount
 * @throws AwsError `SerializationException`, `RequestEntityTooLargeException` (413)
 */
export function plainBody({ headers }: SignableRequest, body: Buffer, mostBytes: number): Buffer | Promise<Buffer> {
  const encoding = headers['content-encoding']?.trim().toLowerCase()
  if (encoding === undefined || encoding === '' || encoding === 'identity' || body.length === 0) return body
  if (encoding !== 'gzip')
    throw new AwsError('SerializationException', `The content encoding ${encoding.slice(0, 64)} is not understood.`)
  return inflated(body, mostBytes)
}

async function inflated(body: Buffer, mostBytes: number): Promise<Buffer> {
  try {
    return await inflate(body, { maxOutputLength: mostBytes })
  } catch (cause) {
    const isTooLarge = errorCode(cause) === 'ERR_BUFFER_TOO_LARGE'
    if (!isTooLarge)
      throw new AwsError('SerializationException', 'The request body is not well-formed gzip.', { cause })
    const message = `The request body is larger than ${mostBytes} bytes once decompressed.`
    throw new AwsError('RequestEntityTooLargeException', message, { status: 413, cause })
  }
}
