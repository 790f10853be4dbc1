import { hash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import { systemDurableFiles } from '../../durable/durable-files.ts'
import type { Artifact } from '../runtime.ts'

/** Makes an archive of one file of zeros: the same bytes each time. @param path absolute, of the archive */
export async function simulatedArtifact(kind: Artifact['kind'], size: number, path: string): Promise<Artifact> {
  const archive = pack()
  archive.entry({ name: `${kind}.bin`, mtime: new Date(0) }, Buffer.alloc(size))
  archive.finalize()
  // At once: compressing in a thread would be one thing more that virtual time has to wait for.
  const bytes = gzipSync(await buffer(archive), { level: 1 })
  await systemDurableFiles.write(path, bytes)
  return { kind, path, size: bytes.length, md5: hash('md5', bytes, 'hex') }
}
