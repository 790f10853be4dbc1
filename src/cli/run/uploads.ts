import { stat } from 'node:fs/promises'
import { putFile } from '../../client/put-file.ts'
import type { SignedClient } from '../../client/signed-client.ts'
import { linkedController } from '../../util/linked-controller.ts'
import type { S3Location } from '../../util/s3-uri.ts'
import { UsageError } from '../cli-errors.ts'
import { localFiles } from './local-files.ts'
import type { Input } from './run-arguments.ts'

export interface Upload {
  readonly path: string
  readonly to: S3Location
  /** Bytes. */
  readonly size: number
}

/** Where a job's files lie in the default bucket, as the SDKs lay them out. */
export interface JobPlace {
  readonly bucket: string
  readonly name: string
}

export function sourceLocation({ bucket, name }: JobPlace): S3Location {
  return { bucket, key: `${name}/source/sourcedir.tar.gz` }
}

/** With a slash at its end: `input/train` would be a prefix of `input/train-2` as well. */
export function channelUri(input: Input, place: JobPlace): string {
  return input.from.kind === 's3' ? input.from.uri : `s3://${place.bucket}/${channelPrefix(input, place)}`
}

/** The archive and every file of the local inputs. @throws UsageError for an input without a file */
export async function uploadsOf(
  archive: string,
  inputs: readonly Input[],
  place: JobPlace,
): Promise<readonly Upload[]> {
  const source = { path: archive, to: sourceLocation(place), size: (await stat(archive)).size }
  const data = await Promise.all(inputs.map((input) => inputUploads(input, place)))
  return [source, ...data.flat()]
}

/** Each put waits for the disk; those that wait together are committed together. */
const AT_ONCE = 8

/** Sends all or, when one fails, no more than have begun. */
export async function sendAll(
  client: SignedClient,
  uploads: readonly Upload[],
  options: { readonly onBytes?: (bytes: number) => void; readonly signal?: AbortSignal },
): Promise<void> {
  using sending = linkedController(options.signal)
  const { signal } = sending
  const waiting = uploads.values()
  const send = async () => {
    for (const { path, to } of waiting) await putFile(client, path, to, { ...options, signal })
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, send))
  } catch (error) {
    sending.abort(error)
    throw error
  }
}

async function inputUploads(input: Input, place: JobPlace): Promise<readonly Upload[]> {
  if (input.from.kind === 's3') return []
  const files = await localFiles(input.from.path)
  const option = input.sharded ? '--shard' : '--input'
  if (files.length === 0) throw new UsageError(`${option} ${input.channel}=${input.from.path}: there is no file in it.`)
  const prefix = channelPrefix(input, place)
  return files.map(({ path, name, size }) => ({ path, size, to: { bucket: place.bucket, key: prefix + name } }))
}

function channelPrefix({ channel }: Input, { name }: JobPlace): string {
  return `${name}/input/${channel}/`
}
