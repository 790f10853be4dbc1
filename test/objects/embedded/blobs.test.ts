import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { openEmbeddedObjects } from '../../../src/objects/embedded/embedded-objects.ts'
import { NewerSchemaError } from '../../../src/sqlite/migrate.ts'
import { openDatabase } from '../../../src/sqlite/open-database.ts'
import { systemIds } from '../../../src/util/ids.ts'
import { bodyOf, brokenBody, pattern, read } from '../bodies.ts'
import { BUCKET, open, testStore } from '../test-store.ts'
import { blobFiles } from './files.ts'

test('blobs belong to the owner, for whom alone they can be read, and no key is in a path', async () => {
  await using under = await testStore()
  await under.store.close()
  const isRoot = process.getuid?.() === 0
  const owner = { uid: 59_484, gid: 59_484 }
  const store = await openEmbeddedObjects({ folder: under.folder, owner, clock: { now: Date.now }, ids: systemIds() })
  await store.put(BUCKET, '../../../escape', bodyOf('x'), { metadata: {} })
  const [file = ''] = await blobFiles(under.folder)
  const { uid, mode } = await stat(file)
  assert.deepEqual([uid, mode & 0o777], [isRoot ? owner.uid : process.getuid?.(), 0o600])
  assert.match(path.relative(path.join(under.folder, 'blobs'), file), /^[0-9a-f]{2}\/[0-9a-f]{30}$/)
  assert.equal((await stat(under.folder)).mode & 0o777, 0o700)
  await store.close()
})

test('what is overwritten, deleted, broken off or aborted leaves no file', async () => {
  await using under = await testStore()
  const { store } = under
  await store.put(BUCKET, 'a', bodyOf('1'), { metadata: {} })
  await store.put(BUCKET, 'a', bodyOf('2'), { metadata: {} })
  await store.put(BUCKET, 'b', bodyOf('3'), { metadata: {} })
  await store.delete(BUCKET, 'b')
  const cut = new Error('cut')
  await assert.rejects(store.put(BUCKET, 'c', brokenBody(2 ** 20, cut), { metadata: {} }), cut)
  const { uploadId } = await store.createUpload(BUCKET, 'd', { metadata: {} })
  const address = { bucket: BUCKET, key: 'd', uploadId }
  await store.putPart({ ...address, partNumber: 1 }, bodyOf('in its slot'), { size: 11 })
  await store.putPart({ ...address, partNumber: 2 }, bodyOf('in a file of its own'), {})
  await store.abortUpload(address)
  await store.close()
  assert.equal((await blobFiles(under.folder)).length, 1)
})

test('a copy shares the file of its source, which stays until the last of them is gone', async () => {
  await using under = await testStore()
  const { store } = under
  await store.put(BUCKET, 'a', bodyOf('text'), { metadata: {} })
  const choose = () => ({ metadata: {}, tags: [] })
  await store.copy({ bucket: BUCKET, key: 'a' }, { bucket: BUCKET, key: 'b' }, choose)
  await store.copy({ bucket: BUCKET, key: 'b' }, { bucket: BUCKET, key: 'b' }, choose)
  await store.copy({ bucket: BUCKET, key: 'b' }, { bucket: BUCKET, key: 'c' }, choose)
  assert.equal((await blobFiles(under.folder)).length, 1)
  await store.delete(BUCKET, 'a')
  await store.put(BUCKET, 'b', bodyOf('other'), { metadata: {} })
  const reopened = await under.reopen()
  await reopened.swept
  assert.equal((await blobFiles(under.folder)).length, 2)
  assert.equal((await read((await reopened.get(BUCKET, 'c')).body)).toString(), 'text')
  await reopened.delete(BUCKET, 'c')
  await reopened.delete(BUCKET, 'b')
  await reopened.close()
  assert.deepEqual(await blobFiles(under.folder), [])
})

test('a deleted bucket leaves no file of its uploads', async () => {
  await using under = await testStore()
  const { store } = under
  const { uploadId } = await store.createUpload(BUCKET, 'k', { metadata: {} })
  const address = { bucket: BUCKET, key: 'k', uploadId }
  await store.putPart({ ...address, partNumber: 1 }, bodyOf('in its slot'), { size: 11 })
  await store.putPart({ ...address, partNumber: 2 }, bodyOf('in a file of its own'), {})
  await store.deleteBucket(BUCKET)
  await store.close()
  assert.deepEqual(await blobFiles(under.folder), [])
})

test('parts of equal size are written where they end up: completing copies nothing', async () => {
  await using under = await testStore()
  const { store } = under
  const { uploadId } = await store.createUpload(BUCKET, 'k', { metadata: {} })
  const address = { bucket: BUCKET, key: 'k', uploadId }
  const parts = [pattern(5 * 2 ** 20), pattern(5 * 2 ** 20, 2), pattern(7)]
  const sent = await Promise.all(
    parts.map((bytes, at) => store.putPart({ ...address, partNumber: at + 1 }, bodyOf(bytes), { size: bytes.length })),
  )
  const [before = ''] = await blobFiles(under.folder)
  const { ino } = await stat(before)
  await store.completeUpload(address, sent)
  const files = await blobFiles(under.folder)
  assert.deepEqual(files, [before])
  assert.deepEqual([(await stat(before)).ino, (await stat(before)).size], [ino, 10 * 2 ** 20 + 7])
})

test('an index that a newer version wrote is refused by name', async () => {
  await using under = await testStore()
  await under.store.close()
  const database = openDatabase(path.join(under.folder, 'index.db'))
  database.exec("INSERT INTO schema_migrations VALUES (1000, 'from-the-future', 1)")
  database.close()
  await assert.rejects(open(under.folder), (error) => error instanceof NewerSchemaError && error.found === 1000)
})
