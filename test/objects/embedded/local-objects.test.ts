import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { link, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { NotTheFileError } from '../../../src/objects/embedded/local-objects.ts'
import { ObjectStoreError, type LocalFile } from '../../../src/objects/objects.ts'
import { bodyOf, md5, read } from '../bodies.ts'
import { BUCKET, testStore, type TestStore } from '../test-store.ts'
import { blobFiles } from './files.ts'

async function all(files: AsyncIterable<LocalFile>): Promise<LocalFile[]> {
  const list: LocalFile[] = []
  for await (const file of files) list.push(file)
  return list
}

test('pinned files are those of the prefix, in order, and can be read though their objects go', async () => {
  await using under = await testStore()
  const { store } = under
  for (const key of ['data/b', 'data/a', 'data-other', 'z']) await store.put(BUCKET, key, bodyOf(key), { metadata: {} })
  const pin = await store.local.pin(BUCKET, 'data/')
  const files = await all(pin.files)
  assert.deepEqual(
    files.map(({ key, size }) => [key, size]),
    [
      ['data/a', 6],
      ['data/b', 6],
    ],
  )
  await store.delete(BUCKET, 'data/a')
  await store.put(BUCKET, 'data/b', bodyOf('new'), { metadata: {} })
  await store.swept
  for (const { key, path: file } of files) assert.equal(await readFile(file, 'utf8'), key)
  await pin.release()
  await pin.release()
  await store.close()
  assert.equal((await blobFiles(under.folder)).length, 3)
})

test('a blob stays until the last of its pins is released', async () => {
  await using under = await testStore()
  const { store } = under
  await store.put(BUCKET, 'data/a', bodyOf('x'), { metadata: {} })
  const [one, two] = [await store.local.pin(BUCKET, ''), await store.local.pin(BUCKET, 'data/')]
  const [file] = await all(two.files)
  await store.delete(BUCKET, 'data/a')
  await one.release()
  assert.equal(await readFile(file?.path ?? '', 'utf8'), 'x')
  await two.release()
  await store.close()
  assert.deepEqual(await blobFiles(under.folder), [])
})

test('a pinned blob stays though the object and its copies elsewhere are deleted, and a copy keeps it behind the pin', async () => {
  await using under = await testStore()
  const { store } = under
  const choose = () => ({ metadata: {}, tags: [] })
  for (const copies of [['other/a'], ['other/a', 'kept']]) {
    await store.put(BUCKET, 'data/a', bodyOf('x'), { metadata: {} })
    for (const key of copies) await store.copy({ bucket: BUCKET, key: 'data/a' }, { bucket: BUCKET, key }, choose)
    const pin = await store.local.pin(BUCKET, 'data/')
    const [file] = await all(pin.files)
    await store.delete(BUCKET, 'data/a')
    await store.delete(BUCKET, 'other/a')
    assert.equal(await readFile(file?.path ?? '', 'utf8'), 'x')
    await pin.release()
  }
  const reopened = await under.reopen()
  await reopened.swept
  assert.equal((await read((await reopened.get(BUCKET, 'kept')).body)).toString(), 'x')
  assert.equal((await blobFiles(under.folder)).length, 1)
})

test('an empty prefix pins the whole bucket, more than one page of it', async () => {
  await using under = await testStore()
  const keys = Array.from({ length: 1100 }, (_, at) => `k${String(at).padStart(4, '0')}`)
  for (let at = 0; at < keys.length; at += 100) {
    await Promise.all(keys.slice(at, at + 100).map((key) => under.store.put(BUCKET, key, bodyOf(), { metadata: {} })))
  }
  const pin = await under.store.local.pin(BUCKET, '')
  assert.deepEqual(
    (await all(pin.files)).map((file) => file.key),
    keys,
  )
  await pin.release()
})

/** A file as an agent leaves it: beside the store, on its file system. */
async function finished(under: TestStore, content: string) {
  const file = path.join(under.folder, 'finished')
  await writeFile(file, content)
  return { path: file, size: Buffer.byteLength(content), etag: md5(Buffer.from(content)) }
}

test('an adopted file is an object, and is gone from where it was', async () => {
  await using under = await testStore()
  const { store } = under
  const file = await finished(under, 'model')
  const { ino } = await stat(file.path)
  const info = await store.local.adopt(BUCKET, 'out/model.tar.gz', { ...file, contentType: 'application/gzip' })
  assert.deepEqual([info.etag, info.size, info.metadata], [file.etag, 5, { contentType: 'application/gzip' }])
  assert.equal((await read((await store.get(BUCKET, 'out/model.tar.gz')).body)).toString(), 'model')
  const [blob = ''] = await blobFiles(under.folder)
  assert.deepEqual([(await stat(blob)).ino, (await stat(blob)).nlink], [ino, 1])
})

test('adopting can be repeated after a crash before, between and after its two steps', async () => {
  await using under = await testStore()
  const { store } = under
  const file = await finished(under, 'model')
  // As a crash leaves it before the commit: a second name for the file that no row knows.
  const folder = path.join(under.folder, 'blobs', '00')
  await mkdir(folder, { recursive: true })
  await link(file.path, path.join(folder, 'f'.repeat(30)))
  const first = await under.reopen().then((reopened) => reopened.local.adopt(BUCKET, 'k', file))
  assert.deepEqual(await under.store.local.adopt(BUCKET, 'k', file), first)
  // As a crash leaves it after the commit and before the old name goes.
  await link((await blobFiles(under.folder))[0] ?? '', file.path)
  assert.equal((await under.store.local.adopt(BUCKET, 'k', file)).etag, file.etag)
  await assert.rejects(stat(file.path), { code: 'ENOENT' })
  await under.store.close()
  assert.equal((await blobFiles(under.folder)).length, 1)
  assert.notEqual(under.store, store)
})

test('what is not the finished file is not adopted', async () => {
  await using under = await testStore()
  const { store } = under
  const file = await finished(under, 'model')
  await assert.rejects(store.local.adopt(BUCKET, 'k', { ...file, size: 4 }), NotTheFileError)
  const linkPath = path.join(under.folder, 'link')
  await symlink(file.path, linkPath)
  await assert.rejects(store.local.adopt(BUCKET, 'k', { ...file, path: linkPath }), { code: 'ELOOP' })
  const fifo = path.join(under.folder, 'fifo')
  execFileSync('mkfifo', [fifo])
  await assert.rejects(store.local.adopt(BUCKET, 'k', { ...file, path: fifo }), NotTheFileError)
  const folder = path.join(under.folder, 'folder')
  await mkdir(folder)
  await assert.rejects(store.local.adopt(BUCKET, 'k', { ...file, path: folder }), NotTheFileError)
  const missing = { ...file, path: path.join(under.folder, 'missing') }
  await assert.rejects(
    store.local.adopt(BUCKET, 'k', missing),
    (error) => error instanceof ObjectStoreError && error.code === 'NoSuchKey',
  )
  assert.equal(await readFile(file.path, 'utf8'), 'model')
  await store.close()
  assert.deepEqual(await blobFiles(under.folder), [])
})
