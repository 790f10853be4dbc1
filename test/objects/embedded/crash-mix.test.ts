import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { EmbeddedObjects } from '../../../src/objects/embedded/embedded-objects.ts'
import { md5, read } from '../bodies.ts'
import { testStore } from '../test-store.ts'
import { blobFiles } from './files.ts'

const WRITER = path.join(import.meta.dirname, 'crash-mix-writer.ts')

/** Kills the writer after so many deeds. @returns what it told of each key last: its ETag, or `-` */
async function told(folder: string, seed: number, deeds: number): Promise<Map<string, string>> {
  const writer = spawn(process.execPath, [WRITER, folder, String(seed)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const state = new Map<string, string>()
  let done = 0
  for await (const line of createInterface(writer.stdout)) {
    const [key = '', etag = ''] = line.split(' ')
    state.set(key, etag)
    if (++done === deeds) writer.kill('SIGKILL')
  }
  if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit')
  assert.equal(writer.signalCode, 'SIGKILL')
  return state
}

async function found(store: EmbeddedObjects): Promise<Map<string, string>> {
  const { objects } = await store.list({ bucket: 'bucket', prefix: '', limit: 1000 })
  for (const { key, etag } of objects) {
    const content = md5(await read((await store.get('bucket', key)).body))
    // The ETag of an upload of one part is the MD5 of that part's.
    assert.equal(etag.endsWith('-1') ? `${md5(Buffer.from(content, 'hex'))}-1` : content, etag, key)
  }
  return new Map(objects.map(({ key, etag }) => [key, etag]))
}

for (const [seed, deeds] of [
  [1, 25],
  [2, 60],
  [3, 110],
] as const) {
  test(`a SIGKILL amid ${deeds} puts, copies, deletions and uploads loses nothing that was told, and leaves no file but the objects' own`, async () => {
    await using under = await testStore()
    await under.store.createBucket({ name: 'bucket', account: '1', region: 'us-east-1' })
    await under.store.close()
    const state = await told(under.folder, seed, deeds)
    const store = await under.reopen()
    const now = await found(store)
    for (const writer of ['0', '1', '2', '3']) {
      const keys = new Set([...now.keys(), ...state.keys()].filter((key) => key.startsWith(`${writer}/`)))
      const changed = [...keys].filter((key) => (now.get(key) ?? '-') !== (state.get(key) ?? '-'))
      // What was under way when it was killed may have been done.
      assert.ok(changed.length <= 1, `${changed.join(', ')} are not as they were told`)
    }
    const { uploads } = await store.listUploads({ bucket: 'bucket', prefix: '', limit: 1000 })
    for (const upload of uploads) await store.abortUpload(upload)
    await store.swept
    await store.close()
    const index = new DatabaseSync(path.join(under.folder, 'index.db'), { readOnly: true })
    const blobs = index.prepare('SELECT count(DISTINCT blob) AS count FROM objects').get()?.['count']
    index.close()
    assert.equal((await blobFiles(under.folder)).length, blobs)
  })
}
