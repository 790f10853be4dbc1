import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeIndexRecord, INDEX_RECORD_BYTES, INDEX_SUFFIX } from '../../src/telemetry/log-format.ts'
import { USAGE_SUFFIX } from '../../src/telemetry/usage-format.ts'

/** Names of the streams of a logs folder: the raw files. */
export async function streamFiles(logs: string): Promise<readonly string[]> {
  return (await readdir(logs)).filter((name) => !name.endsWith(INDEX_SUFFIX) && !name.endsWith(USAGE_SUFFIX))
}

/** Every stream is sealed, and its index ends where the file does. @returns what is broken, in words */
export async function checkSealed(logs: string, streams: readonly string[]): Promise<string[]> {
  const broken: string[] = []
  for (const name of streams) {
    const { length } = await readFile(join(logs, name))
    const file = join(logs, name + INDEX_SUFFIX)
    const index = existsSync(file) ? await readFile(file) : Buffer.of()
    const last = index.length / INDEX_RECORD_BYTES - 1
    const end = last < 0 ? undefined : decodeIndexRecord(index, last)
    if (!end?.sealed || end.offset !== length) broken.push(`the log ${name} is not whole`)
  }
  return broken
}
