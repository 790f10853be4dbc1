import { hash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import type { DurableFiles } from '../../durable/durable-files.ts'
import type { Artifact } from '../runtime.ts'

/** Makes an archive of one file of zeros: the same bytes each time. @param place where the archive goes: its absolute path, and how it is written */
export async function simulatedArtifact(
  kind: Artifact['kind'],
  size: number,
  { path, durable }: { readonly path: string; readonly durable: DurableFiles },
): Promise<Artifact> {
  const archive = pack()
  archive.entry({ name: `${kind}.bin`, mtime: new Date(0) }, Buffer.alloc(size))
  archive.finalize()
  // At once: compressing in a thread would be one thing more that virtual time has to wait for.
  const bytes = gzipSync(await buffer(archive), { level: 1 })
  await durable.write(path, bytes)
  return { kind, path, size: bytes.length, md5: hash('md5', bytes, 'hex') }
}
