import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ObjectStoreError, type ObjectStore } from '../../../src/objects/objects.ts'
import { createChecksum } from '../../../src/util/checksum.ts'
import { bodyOf, brokenBody, md5, pattern, read } from '../../objects/bodies.ts'

/** What a backend gives the suite: an empty store, and one bucket in it. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: ObjectStore
  readonly bucket: string
  /** Closes the store and opens it anew on the same data. */
  reopen(): Promise<ObjectStore>
}

const MIB = 2 ** 20
const NO_METADATA = { metadata: {} }

/** What every object store must do. One call a backend, in a test file of its own. */
export function objectStoreConformance(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the contract of an object store:`, () => {
    buckets(open)
    objects(open)
    versions(open)
    uploads(open)
  })
}

function failsWith(code: ObjectStoreError['code']): (error: unknown) => boolean {
  return (error) => error instanceof ObjectStoreError && error.code === code
}

type Open = () => Promise<StoreUnderTest>

function buckets(open: Open): void {
  test('a bucket is found by name and by account, in order', async () => {
    await using under = await open()
    const { store } = under
    await store.createBucket({ name: 'b-two', account: '9', region: 'eu-west-1' })
    await store.createBucket({ name: 'a-one', account: '9', region: 'us-east-1' })
    assert.equal((await store.bucket('b-two'))?.region, 'eu-west-1')
    assert.equal(await store.bucket('missing'), undefined)
    assert.deepEqual(
      (await store.buckets('9')).map((bucket) => bucket.name),
      ['a-one', 'b-two'],
    )
    assert.deepEqual(await store.buckets('8'), [])
  })

  test('a bucket name is taken for all accounts', async () => {
    await using under = await open()
    const bucket = { name: 'taken', account: '1', region: 'us-east-1' }
    await under.store.createBucket(bucket)
    await assert.rejects(under.store.createBucket(bucket), failsWith('BucketAlreadyOwnedByYou'))
    await assert.rejects(under.store.createBucket({ ...bucket, account: '2' }), failsWith('BucketAlreadyExists'))
  })

  test('nothing can be done in a bucket that does not exist', async () => {
    await using under = await open()
    const { store } = under
    const missing = failsWith('NoSuchBucket')
    await assert.rejects(store.put('none', 'k', bodyOf('x'), NO_METADATA), missing)
    await assert.rejects(store.get('none', 'k'), missing)
    await assert.rejects(store.head('none', 'k'), missing)
    await assert.rejects(store.delete('none', 'k'), missing)
    await assert.rejects(store.list({ bucket: 'none', prefix: '', limit: 1 }), missing)
    await assert.rejects(store.createUpload('none', 'k', NO_METADATA), missing)
  })
}

function objects(open: Open): void {
  test('an object comes back as it was put, with its metadata, also after the store was opened anew', async () => {
    await using under = await open()
    const bytes = pattern(3 * MIB + 17)
    const metadata = { contentType: 'text/csv', cacheControl: 'no-cache', user: { origin: 'test' } }
    const put = await under.store.put(under.bucket, 'data/α β+%.csv', bodyOf(bytes.subarray(0, 5), bytes.subarray(5)), {
      metadata,
    })
    assert.equal(put.etag, md5(bytes))
    assert.equal(put.size, bytes.length)
    const store = await under.reopen()
    const { info, body } = await store.get(under.bucket, 'data/α β+%.csv')
    assert.deepEqual(info, put)
    assert.deepEqual(info.metadata, metadata)
    assert.ok(bytes.equals(await read(body)))
    assert.deepEqual(await store.head(under.bucket, 'data/α β+%.csv'), put)
  })

  test('an empty object has the ETag of nothing and no bytes', async () => {
    await using under = await open()
    const info = await under.store.put(under.bucket, 'empty', bodyOf(), NO_METADATA)
    assert.equal(info.etag, 'd41d8cd98f00b204e9800998ecf8427e')
    assert.equal((await read((await under.store.get(under.bucket, 'empty')).body)).length, 0)
  })

  test('a range gives its bytes, both ends included', async () => {
    await using under = await open()
    const bytes = pattern(MIB)
    await under.store.put(under.bucket, 'k', bodyOf(bytes), NO_METADATA)
    for (const [first, last] of [
      [0, 0],
      [5, 9],
      [MIB - 3, MIB - 1],
      [0, MIB - 1],
    ] as const) {
      const { body } = await under.store.get(under.bucket, 'k', () => ({ first, last }))
      assert.ok(bytes.subarray(first, last + 1).equals(await read(body)))
    }
  })

  test('a checksum is computed and kept where it is asked for', async () => {
    await using under = await open()
    const bytes = pattern(100_000)
    const crc = createChecksum('CRC64NVME')
    crc.update(bytes)
    const checksum = { algorithm: 'CRC64NVME', value: crc.digest().toString('base64'), type: 'FULL_OBJECT' }
    await under.store.put(under.bucket, 'k', bodyOf(bytes), { metadata: {}, checksumAlgorithm: 'CRC64NVME' })
    assert.deepEqual((await under.store.head(under.bucket, 'k')).checksum, checksum)
  })

  test('a body that breaks off leaves nothing, and the version before stays', async () => {
    await using under = await open()
    const { store, bucket } = under
    const cut = new Error('connection cut')
    await assert.rejects(store.put(bucket, 'new', brokenBody(3 * MIB, cut), NO_METADATA), cut)
    await assert.rejects(store.head(bucket, 'new'), failsWith('NoSuchKey'))
    await store.put(bucket, 'old', bodyOf('first'), NO_METADATA)
    await assert.rejects(store.put(bucket, 'old', brokenBody(10, cut), NO_METADATA), cut)
    assert.equal((await read((await store.get(bucket, 'old')).body)).toString(), 'first')
  })

  test('a deleted object is gone, and deleting it again is no error', async () => {
    await using under = await open()
    const { store, bucket } = under
    await store.put(bucket, 'k', bodyOf('x'), NO_METADATA)
    await store.delete(bucket, 'k')
    await store.delete(bucket, 'k')
    await assert.rejects(store.get(bucket, 'k'), failsWith('NoSuchKey'))
    assert.deepEqual((await store.list({ bucket, prefix: '', limit: 10 })).objects, [])
  })
}

function versions(open: Open): void {
  test('a reader has the whole of the version it began with, though it is overwritten and deleted', async () => {
    await using under = await open()
    const { store, bucket } = under
    const bytes = pattern(4 * MIB)
    await store.put(bucket, 'k', bodyOf(bytes), NO_METADATA)
    const { body } = await store.get(bucket, 'k')
    await store.put(bucket, 'k', bodyOf('other'), NO_METADATA)
    await store.delete(bucket, 'k')
    assert.ok(bytes.equals(await read(body)))
  })

  test('puts of one key at the same time: every reader sees one of them whole', async () => {
    await using under = await open()
    const { store, bucket } = under
    const contents = Array.from({ length: 6 }, (_, at) => pattern(300_000 + at, at + 1))
    const etags = contents.map((bytes) => md5(bytes))
    await store.put(bucket, 'k', bodyOf(contents[0]!), NO_METADATA)
    const writers = contents.map((bytes) =>
      store.put(bucket, 'k', bodyOf(bytes.subarray(0, 999), bytes.subarray(999)), NO_METADATA),
    )
    const readers = Array.from({ length: 20 }, async () => {
      const { info, body } = await store.get(bucket, 'k')
      const seen = await read(body)
      assert.equal(md5(seen), info.etag)
      assert.ok(etags.includes(info.etag))
    })
    await Promise.all([...writers, ...readers])
  })

  test('reading while the object is overwritten again and again never fails', async () => {
    await using under = await open()
    const { store, bucket } = under
    await store.put(bucket, 'k', bodyOf('0'), NO_METADATA)
    const ended = new AbortController()
    const writer = (async () => {
      for (let at = 0; at < 100; at++) await store.put(bucket, 'k', bodyOf(String(at)), NO_METADATA)
      ended.abort()
    })()
    while (!ended.signal.aborted) {
      const { info, body } = await store.get(bucket, 'k')
      assert.equal(md5(await read(body)), info.etag)
    }
    await writer
  })
}

function uploads(open: Open): void {
  const parts = [pattern(5 * MIB, 1), pattern(5 * MIB, 2), pattern(1234, 3)]
  const whole = Buffer.concat(parts)

  const begin = async (store: ObjectStore, bucket: string, options = {}) => {
    const { uploadId } = await store.createUpload(bucket, 'big', { metadata: { contentType: 'x/y' }, ...options })
    const address = { bucket, key: 'big', uploadId }
    const put = (partNumber: number, bytes: Uint8Array, size: number | undefined = bytes.length) =>
      store.putPart(
        { ...address, partNumber },
        bodyOf(bytes.subarray(0, 100), bytes.subarray(100)),
        size === undefined ? {} : { size },
      )
    return { address, put }
  }

  for (const [title, order, sizes] of [
    ['in order', [1, 2, 3], true],
    ['backwards', [3, 2, 1], true],
    ['of sizes not told beforehand', [1, 2, 3], false],
  ] as const) {
    test(`parts sent ${title} make one object`, async () => {
      await using under = await open()
      const { store, bucket } = under
      const { address } = await begin(store, bucket)
      const etags: { partNumber: number; etag: string }[] = []
      for (const partNumber of order) {
        const bytes = parts[partNumber - 1]!
        etags.push(await store.putPart({ ...address, partNumber }, bodyOf(bytes), sizes ? { size: bytes.length } : {}))
      }
      etags.sort((a, b) => a.partNumber - b.partNumber)
      await assert.rejects(store.head(bucket, 'big'), failsWith('NoSuchKey'))
      const info = await store.completeUpload(address, etags)
      const expected = md5(Buffer.concat(parts.map((part) => Buffer.from(md5(part), 'hex'))))
      assert.equal(info.etag, `${expected}-3`)
      assert.equal(info.metadata.contentType, 'x/y')
      assert.ok(whole.equals(await read((await store.get(bucket, 'big')).body)))
      assert.deepEqual(await store.head(bucket, 'big'), info)
    })
  }

  test('parts sent at the same time, after a broken one and with one sent twice, make one object', async () => {
    await using under = await open()
    const { store, bucket } = under
    const { address, put } = await begin(store, bucket)
    const cut = new Error('cut')
    await assert.rejects(store.putPart({ ...address, partNumber: 2 }, brokenBody(MIB, cut), { size: 5 * MIB }), cut)
    await put(1, pattern(5 * MIB, 77))
    const sent = await Promise.all([put(1, parts[0]!), put(2, parts[1]!), put(3, parts[2]!)])
    await assert.rejects(store.putPart({ ...address, partNumber: 4 }, brokenBody(MIB, cut), { size: 5 * MIB }), cut)
    await store.completeUpload(address, sent)
    assert.ok(whole.equals(await read((await store.get(bucket, 'big')).body)))
  })

  test('a completion may leave parts out', async () => {
    await using under = await open()
    const { store, bucket } = under
    const { address, put } = await begin(store, bucket)
    const [first, , third] = await Promise.all([put(1, parts[0]!), put(2, parts[1]!), put(3, parts[2]!)])
    const info = await store.completeUpload(address, [first, third])
    assert.equal(info.size, parts[0]!.length + parts[2]!.length)
    assert.ok(Buffer.concat([parts[0]!, parts[2]!]).equals(await read((await store.get(bucket, 'big')).body)))
  })

  test('an upload goes on after the store was opened anew', async () => {
    await using under = await open()
    const { address, put } = await begin(under.store, under.bucket)
    const first = await put(1, parts[0]!)
    const store = await under.reopen()
    const third = await store.putPart({ ...address, partNumber: 2 }, bodyOf(parts[2]!), { size: parts[2]!.length })
    await store.completeUpload(address, [first, third])
    assert.ok(Buffer.concat([parts[0]!, parts[2]!]).equals(await read((await store.get(under.bucket, 'big')).body)))
  })

  test('completing again, after the answer was lost, answers the same', async () => {
    await using under = await open()
    const { address, put } = await begin(under.store, under.bucket)
    const sent = [await put(1, parts[2]!)]
    const first = await under.store.completeUpload(address, sent)
    assert.deepEqual(await under.store.completeUpload(address, sent), first)
  })

  test('an aborted upload takes no part, no completion and no second abort', async () => {
    await using under = await open()
    const { store, bucket } = under
    const { address, put } = await begin(store, bucket)
    const sent = [await put(1, parts[2]!)]
    await store.abortUpload(address)
    const gone = failsWith('NoSuchUpload')
    await assert.rejects(put(2, parts[2]!), gone)
    await assert.rejects(store.completeUpload(address, sent), gone)
    await assert.rejects(store.abortUpload(address), gone)
    await assert.rejects(store.head(bucket, 'big'), failsWith('NoSuchKey'))
  })

  test('a completion with wrong, unordered or small parts is refused and can be mended', async () => {
    await using under = await open()
    const { store, bucket } = under
    const { address, put } = await begin(store, bucket)
    const small = await put(1, parts[2]!)
    const large = await put(2, parts[0]!)
    await assert.rejects(store.completeUpload(address, [large, small]), failsWith('InvalidPartOrder'))
    await assert.rejects(store.completeUpload(address, [small, small]), failsWith('InvalidPartOrder'))
    await assert.rejects(
      store.completeUpload(address, [small, { ...large, etag: small.etag }]),
      failsWith('InvalidPart'),
    )
    await assert.rejects(store.completeUpload(address, [{ partNumber: 7, etag: small.etag }]), failsWith('InvalidPart'))
    await assert.rejects(store.completeUpload(address, [small, large]), failsWith('EntityTooSmall'))
    assert.equal((await store.completeUpload(address, [large])).size, 5 * MIB)
  })

  for (const [algorithm, checksumType] of [
    ['CRC32', 'COMPOSITE'],
    ['CRC32', 'FULL_OBJECT'],
    ['CRC32C', 'FULL_OBJECT'],
    ['CRC64NVME', 'FULL_OBJECT'],
    ['SHA256', 'COMPOSITE'],
  ] as const) {
    test(`an upload has the ${checksumType} ${algorithm} of its parts`, async () => {
      await using under = await open()
      const { store, bucket } = under
      const { address, put } = await begin(store, bucket, { checksumAlgorithm: algorithm, checksumType })
      const sent = [await put(1, parts[0]!), await put(2, parts[1]!), await put(3, parts[2]!)]
      const { checksum } = await store.completeUpload(
        address,
        sent.map(({ partNumber, etag }) => ({ partNumber, etag })),
      )
      const expected = createChecksum(algorithm)
      if (checksumType === 'FULL_OBJECT') expected.update(whole)
      else for (const part of sent) expected.update(Buffer.from(part.checksum?.value ?? '', 'base64'))
      const value = expected.digest().toString('base64') + (checksumType === 'COMPOSITE' ? '-3' : '')
      assert.deepEqual(checksum, { algorithm, type: checksumType, value })
    })
  }
}
