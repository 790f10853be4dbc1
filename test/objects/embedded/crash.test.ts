import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { bodyOf, pattern, read } from '../bodies.ts'
import { open, testStore } from '../test-store.ts'
import { blobFiles } from './files.ts'

const WRITER = path.join(import.meta.dirname, 'crash-writer.ts')

/** Runs the writer until its bytes are on their way, then kills it. */
async function killWhileWriting(...args: string[]): Promise<void> {
  const writer = spawn(process.execPath, [WRITER, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(createInterface(writer.stdout), 'line')
  writer.kill('SIGKILL')
  await once(writer, 'exit')
}

test('a put that a SIGKILL cuts off is not visible, the version before is whole, and its file is swept', async () => {
  await using under = await testStore()
  await under.store.createBucket({ name: 'bucket', account: '1', region: 'us-east-1' })
  await under.store.put('bucket', 'k', bodyOf('before'), { metadata: {} })
  await under.store.close()
  await killWhileWriting(under.folder, 'put')
  assert.equal((await blobFiles(under.folder)).length, 2)
  const store = await under.reopen()
  await store.swept
  assert.equal((await blobFiles(under.folder)).length, 1)
  assert.equal((await read((await store.get('bucket', 'k')).body)).toString(), 'before')
  assert.equal((await store.list({ bucket: 'bucket', prefix: '', limit: 10 })).objects.length, 1)
})

test('a part that a SIGKILL cuts off can be sent again, and the upload goes on', async () => {
  await using under = await testStore()
  await under.store.createBucket({ name: 'bucket', account: '1', region: 'us-east-1' })
  const { uploadId } = await under.store.createUpload('bucket', 'k', { metadata: {} })
  const address = { bucket: 'bucket', key: 'k', uploadId }
  const parts = [pattern(5 * 2 ** 20, 1), pattern(100, 2)]
  const send = (at: number) =>
    under.store.putPart({ ...address, partNumber: at + 1 }, bodyOf(parts[at]!), { size: parts[at]!.length })
  const first = await send(0)
  await under.store.close()
  await killWhileWriting(under.folder, 'part', uploadId)
  const store = await under.reopen()
  await store.swept
  const second = await send(1)
  await store.completeUpload(address, [first, second])
  assert.ok(Buffer.concat(parts).equals(await read((await store.get('bucket', 'k')).body)))
  assert.equal((await blobFiles(under.folder)).length, 1)
})

test('the sweep removes orphans and nothing that is written while it runs', async () => {
  await using under = await testStore()
  await under.store.close()
  for (let at = 0; at < 300; at++) {
    const name = at.toString(16).padStart(4, '0')
    const folder = path.join(under.folder, 'blobs', name.slice(2))
    await mkdir(folder, { recursive: true })
    await writeFile(path.join(folder, `orphan${name}`), 'x')
  }
  const store = await open(under.folder)
  const bucket = { name: 'bucket', account: '1', region: 'us-east-1' }
  await store.createBucket(bucket)
  const keys = Array.from({ length: 100 }, (_, at) => `k${at}`)
  await Promise.all(keys.map((key) => store.put(bucket.name, key, bodyOf(key), { metadata: {} })))
  await store.swept
  for (const key of keys) assert.equal((await read((await store.get(bucket.name, key)).body)).toString(), key)
  assert.equal((await blobFiles(under.folder)).length, 100)
  await store.close()
})
