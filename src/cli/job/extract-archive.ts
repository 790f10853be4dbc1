import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, normalize } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract, type ExtractEvents } from 'tar-stream'
import { CommandError } from '../cli-errors.ts'

/**
 * Unpacks an archive that a job has made into a new folder. A job is arbitrary code: only files and folders come out, and only below the folder; links
 * and everything else that a name could be made to mean are left out. All of it is there, or nothing.
 *
 * @returns the folder. @throws CommandError where it exists, or the archive is none
 */
export async function extractArchive(archive: string, folder: string): Promise<string> {
  const partial = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`))
  try {
    await unpack(archive, partial)
    await chmod(partial, 0o755)
    await rename(partial, folder)
    return folder
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw explained(error, archive, folder)
  }
}

async function unpack(archive: string, folder: string): Promise<void> {
  const entries = extract()
  const unpacking = (async () => {
    for await (const entry of entries) await unpackEntry(entry, folder)
  })()
  await Promise.all([pipeline(createReadStream(archive), createGunzip(), entries), unpacking])
}

async function unpackEntry(entry: ExtractEvents['entry'][1], folder: string): Promise<void> {
  const { name, type } = entry.header
  const path = insideOf(folder, name)
  if (path === undefined || (type !== 'file' && type !== 'directory')) return void entry.resume()
  await mkdir(type === 'directory' ? path : dirname(path), { recursive: true })
  if (type === 'directory') return void entry.resume()
  // 'wx' follows nothing and replaces nothing; a second file of a name is not what the first promised.
  await pipeline(entry, createWriteStream(path, { flags: 'wx', mode: 0o644 }))
}

/** @returns undefined for a name that leads out */
function insideOf(folder: string, name: string): string | undefined {
  const path = normalize(name)
  return path.startsWith('/') || path === '..' || path.startsWith('../') || path.includes('\0')
    ? undefined
    : join(folder, path)
}

function explained(error: unknown, archive: string, folder: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOTEMPTY' || code === 'EEXIST')
    return new CommandError('InTheWay', `${folder} is there already; move it away, or unpack ${archive} yourself.`, {
      cause: error,
    })
  if (code.startsWith('Z_') || (error instanceof Error && /tar|header/i.test(error.message)))
    return new CommandError('BadArchive', `${archive} is not a whole archive: ${String(error)}`, { cause: error })
  return error
}
