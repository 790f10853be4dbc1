import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { pack, type Pack } from 'tar-stream'
import { UsageError } from '../cli-errors.ts'
import { localFiles, type LocalFile } from './local-files.ts'
import type { Source } from './run-arguments.ts'

/** What no job needs and every project has. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  '.git',
  '.hg',
  '.svn',
  '.venv',
  'venv',
  '__pycache__',
  '.ipynb_checkpoints',
  '.pytest_cache',
  '.mypy_cache',
  'node_modules',
  '.DS_Store',
])
/** Source code that is larger is data in the wrong place. Bytes. */
const LARGEST = 2 ** 30

/** Writes the `sourcedir.tar.gz` that script mode unpacks (client-flows 2): the content of the folder at its root. @throws UsageError */
export async function packSource(source: Source, archive: string): Promise<void> {
  const files = await filesOf(source)
  const size = files.reduce((sum, file) => sum + file.size, 0)
  if (size > LARGEST)
    throw new UsageError(`${source.folder} holds more than 1 GiB. Put the data elsewhere and bring it with --input.`)
  const tar = pack()
  await Promise.all([
    addAll(tar, files),
    pipeline(tar, createGzip({ level: 6 }), createWriteStream(archive, { mode: 0o600 })),
  ])
}

async function filesOf({ folder, only }: Source): Promise<readonly LocalFile[]> {
  if (!only) return localFiles(folder, LEFT_OUT)
  return Promise.all(
    only.map(async (name) => ({ name, path: join(folder, name), size: (await stat(join(folder, name))).size })),
  )
}

async function addAll(tar: Pack, files: readonly LocalFile[]): Promise<void> {
  try {
    for (const file of files) await add(tar, file)
    tar.finalize()
  } catch (error) {
    tar.destroy(error instanceof Error ? error : undefined)
    throw error
  }
}

async function add(tar: Pack, { path, name }: LocalFile): Promise<void> {
  const { size, mode, mtime } = await stat(path)
  await pipeline(createReadStream(path), tar.entry({ name, size, mtime, mode: mode & 0o111 ? 0o755 : 0o644 }))
}
