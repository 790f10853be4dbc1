import { constants } from 'node:fs'
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { once } from 'node:events'
import { pack, type Pack } from 'tar-stream'
import type { Artifact } from '../runtime/runtime.ts'
import { writeGzipMembers } from './gzip-members.ts'
import { readRecord, writeRecord, type InstanceFolder } from './instance-folder.ts'
import type { Collected } from './messages.ts'
import { ArtifactMembers, type Member } from './artifact-members.ts'
import type { OwnTree, ResolvedEntry } from './own-tree.ts'
import { diskError } from './workspace.ts'

const FOLDERS = { model: 'model', output: 'output/data' } as const satisfies Record<Artifact['kind'], string>
const KINDS = ['model', 'output'] as const satisfies readonly Artifact['kind'][]
const CHUNK_BYTES = 256 * 1024
/** The names of everything left out are told, up to so many. */
const MOST_NAMED = 20

/**
 * Packs what the job left in its output folders (behaviour 3.10): members are relative to the folder, links stand for what they point to. Once done, asking
 * again gives the same answer, also when the files have been taken away.
 *
 * @param place where the archives are made
 * @param trees of all instances, the later one over the earlier
 * @throws InstanceError when the disk is full
 */
export async function collectArtifacts(
  place: InstanceFolder,
  trees: readonly OwnTree[],
  signal: AbortSignal,
): Promise<Collected> {
  const done = readRecord<Collected>(place.collected)
  if (done) return { artifacts: done.artifacts, leftOut: done.leftOut }
  const leftOut: string[] = []
  const artifacts: Artifact[] = []
  try {
    for (const kind of KINDS) {
      const members = new ArtifactMembers(trees, FOLDERS[kind], leftOut)
      const path = join(place.out, `${kind}.tar.gz`)
      const artifact = await packArchive(members, path, signal)
      if (artifact) artifacts.push({ kind, path, ...artifact })
    }
    if (artifacts.length > 0) await syncFolder(place.out)
    const collected = { artifacts, leftOut: leftOut.slice(0, MOST_NAMED) }
    writeRecord(place.collected, collected)
    return collected
  } catch (error) {
    throw diskError(error, place.folder)
  }
}

/** @returns undefined, and makes no file, where there is nothing to pack */
async function packArchive(members: ArtifactMembers, path: string, signal: AbortSignal) {
  const iterator = members[Symbol.iterator]()
  const first = iterator.next()
  if (first.done) return undefined
  const archive = pack()
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    const filled = fill(archive, first.value, iterator, signal).catch((error: unknown) => {
      archive.destroy(error instanceof Error ? error : new Error(String(error)))
      throw error
    })
    const [written] = await Promise.all([writeGzipMembers(chunksOf(archive), file), filled])
    await file.sync()
    await rename(`${path}.new`, path)
    return written
  } catch (error) {
    await rm(`${path}.new`, { force: true })
    throw error
  } finally {
    archive.destroy()
    await file.close()
  }
}

async function* chunksOf(archive: Pack): AsyncGenerator<Uint8Array> {
  // A tar archive is bytes; its type says so in the iterator's only.
  for await (const chunk of archive) yield chunk as Uint8Array
}

async function fill(archive: Pack, first: Member, rest: Iterator<Member>, signal: AbortSignal): Promise<void> {
  for (let member: Member | undefined = first; member; member = nextOf(rest)) {
    signal.throwIfAborted()
    await addMember(archive, member)
  }
  archive.finalize()
}

function nextOf(members: Iterator<Member>): Member | undefined {
  const next = members.next()
  return next.done ? undefined : next.value
}

async function addMember(archive: Pack, { name, entry }: Member): Promise<void> {
  const { stats } = entry
  const header = { name: Buffer.from(name, 'latin1').toString(), mode: stats.mode & 0o777, mtime: stats.mtime }
  if (stats.isDirectory()) {
    archive.entry({ ...header, name: `${header.name}/`, type: 'directory' })
    return
  }
  // A file that has gone since it was listed is not worth the rest of the model.
  await using file = await openPlain(entry)
  if (file) await addFile(archive, header, file)
}

/** Never through a link, never waiting for a FIFO's other end, never anything but a file. */
async function openPlain({ path }: ResolvedEntry): Promise<FileHandle | undefined> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(Buffer.from(path, 'latin1'), flags).catch(() => undefined)
  if (!file || (await file.stat()).isFile()) return file
  await file.close()
  return undefined
}

/** Exactly as many bytes as the header says: what has grown is cut, what has shrunk is filled with zeros. */
async function addFile(
  archive: Pack,
  header: { readonly name: string; readonly mode: number; readonly mtime: Date },
  file: FileHandle,
): Promise<void> {
  const { size } = await file.stat()
  const written = Promise.withResolvers<void>()
  const entry = archive.entry({ ...header, type: 'file', size }, (error) =>
    error ? written.reject(error) : written.resolve(),
  )
  written.promise.catch(() => undefined)
  for (let position = 0; position < size;) {
    const buffer = Buffer.alloc(Math.min(CHUNK_BYTES, size - position))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position)
    position += bytesRead === 0 ? buffer.length : bytesRead
    if (!entry.write(bytesRead === 0 ? buffer : buffer.subarray(0, bytesRead))) {
      // An archive that is given up drains no more, but says so.
      await Promise.race([once(entry, 'drain'), written.promise])
    }
  }
  entry.end(undefined)
  await written.promise
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r')
  await folder.sync()
}
