import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { dirname } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { finished } from 'node:stream/promises'
import type { ChannelData } from '../../runtime/runtime.ts'
import type { ChannelSummary } from '../messages.ts'

/** One file to bring in; `channel` counts in the order of the download's channels. */
export interface ManifestEntry {
  readonly channel: number
  readonly path: string
  readonly size: number
  readonly source: string
}

/**
 * Writes every channel's files as lines of JSON, in constant memory: a list of a million files does not fit into a message.
 *
 * @returns what is known of each channel now, in the same order
 */
export async function writeManifest(
  file: string,
  channels: readonly ChannelData[],
  signal?: AbortSignal,
): Promise<ChannelSummary[]> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const out = createWriteStream(file, { mode: 0o600 })
  try {
    const summaries: ChannelSummary[] = []
    for (const [index, { name, files }] of channels.entries()) {
      let count = 0
      let bytes = 0
      const hash = createHash('sha256')
      for await (const { path, size, source } of files) {
        signal?.throwIfAborted()
        count += 1
        bytes += size
        hash.update(`${JSON.stringify([path, size, source])}\n`)
        const line: ManifestLine = [index, path, size, source]
        if (!out.write(`${JSON.stringify(line)}\n`)) await once(out, 'drain')
      }
      summaries.push({ name, files: count, bytes, digest: hash.digest('hex') })
    }
    out.end()
    await finished(out)
    return summaries
  } catch (error) {
    out.destroy()
    await rm(file, { force: true })
    throw error
  }
}

type ManifestLine = readonly [channel: number, path: string, size: number, source: string]

export async function* readManifest(file: string): AsyncGenerator<ManifestEntry> {
  for await (const line of lines(file)) {
    // Only `writeManifest` writes this file.
    const [channel, path, size, source] = JSON.parse(line) as ManifestLine
    yield { channel, path, size, source }
  }
}

/** Node's readline would also end a line at U+2028, which a key may hold and JSON does not escape. */
async function* lines(file: string): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const chunk of createReadStream(file)) {
    const parts = (rest + decoder.write(chunk as Buffer)).split('\n')
    rest = parts.pop() ?? ''
    yield* parts
  }
}
