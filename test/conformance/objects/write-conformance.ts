import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ObjectStoreError, type ObjectStore, type UploadedPart } from '../../../src/objects/objects.ts'
import { createChecksum } from '../../../src/util/checksum.ts'
import { bodyOf, md5, pattern, read } from '../../objects/bodies.ts'
import { listAll, utf8Order } from './list-model.ts'
import type { StoreUnderTest } from './object-store-conformance.ts'

const MIB = 2 ** 20
const NO_METADATA = { metadata: {} }
const ABSENT = { kind: 'absent' } as const

type Open = () => Promise<StoreUnderTest>

/** Conditional writes, copies, tags and the lists of uploads. */
export function writeConformance(name: string, open: Open): void {
  describe(`${name} writes as S3 does:`, () => {
    conditions(open)
    races(open)
    copies(open)
    objectParts(open)
    tags(open)
    emptyBuckets(open)
    uploadLists(open)
  })
}

function failsWith(code: ObjectStoreError['code']): (error: unknown) => boolean {
  return (error) => error instanceof ObjectStoreError && error.code === code
}

async function content(store: ObjectStore, bucket: string, key: string): Promise<string> {
  return (await read((await store.get(bucket, key)).body)).toString()
}

function conditions(open: Open): void {
  test('a write that wants no object there, or a certain one, is refused for any other', async () => {
    await using under = await open()
    const { store, bucket } = under
    const put = (text: string, condition: Parameters<ObjectStore['put']>[3]['condition']) =>
      store.put(bucket, 'k', bodyOf(text), { metadata: {}, ...(condition ? { condition } : {}) })
    await assert.rejects(put('x', { kind: 'etag', etags: ['*'] }), failsWith('NoSuchKey'))
    const { etag } = await put('first', ABSENT)
    await assert.rejects(put('second', ABSENT), failsWith('PreconditionFailed'))
    await assert.rejects(put('second', { kind: 'etag', etags: ['other'] }), failsWith('PreconditionFailed'))
    assert.equal(await content(store, bucket, 'k'), 'first')
    await put('third', { kind: 'etag', etags: ['other', etag] })
    await put('fourth', { kind: 'etag', etags: ['*'] })
    assert.equal(await content(store, bucket, 'k'), 'fourth')
  })

  test('a deletion may want a certain object', async () => {
    await using under = await open()
    const { store, bucket } = under
    await assert.rejects(store.delete(bucket, 'k', { kind: 'etag', etags: ['*'] }), failsWith('NoSuchKey'))
    const { etag } = await store.put(bucket, 'k', bodyOf('x'), NO_METADATA)
    await assert.rejects(store.delete(bucket, 'k', { kind: 'etag', etags: ['other'] }), failsWith('PreconditionFailed'))
    await store.delete(bucket, 'k', { kind: 'etag', etags: [etag] })
    await assert.rejects(store.head(bucket, 'k'), failsWith('NoSuchKey'))
  })

  test('a completion that is not what its client says is refused, and can be made again', async () => {
    await using under = await open()
    const { store, bucket } = under
    const { uploadId } = await store.createUpload(bucket, 'k', { metadata: {}, checksumAlgorithm: 'CRC64NVME' })
    const address = { bucket, key: 'k', uploadId }
    const parts = [await store.putPart({ ...address, partNumber: 1 }, bodyOf('some bytes'), { size: 10 })]
    const value = parts[0]?.checksum?.value ?? ''
    await assert.rejects(store.completeUpload(address, parts, { size: 11 }), failsWith('SizeMismatch'))
    const other = { algorithm: 'CRC64NVME', value: 'AAAAAAAAAAA=' } as const
    await assert.rejects(store.completeUpload(address, parts, { checksum: other }), failsWith('BadDigest'))
    await store.put(bucket, 'k', bodyOf('there'), NO_METADATA)
    await assert.rejects(store.completeUpload(address, parts, { condition: ABSENT }), failsWith('PreconditionFailed'))
    assert.equal(await content(store, bucket, 'k'), 'there')
    const checksum = { algorithm: 'CRC64NVME', value } as const
    await store.completeUpload(address, parts, { size: 10, checksum, condition: { kind: 'etag', etags: ['*'] } })
    assert.equal(await content(store, bucket, 'k'), 'some bytes')
  })
}

function races(open: Open): void {
  test('of many writers that want no object there, by puts, copies and completions, exactly one wins', async () => {
    await using under = await open()
    const { store, bucket } = under
    await store.put(bucket, 'source', bodyOf('copied'), NO_METADATA)
    const writers = Array.from({ length: 30 }, async (_, at) => {
      if (at % 3 === 0) return store.put(bucket, 'k', bodyOf(`put ${at}`), { metadata: {}, condition: ABSENT })
      const target = { bucket, key: 'k', condition: ABSENT }
      if (at % 3 === 1) return store.copy({ bucket, key: 'source' }, target, () => ({ metadata: {}, tags: [] }))
      const { uploadId } = await store.createUpload(bucket, 'k', NO_METADATA)
      const address = { bucket, key: 'k', uploadId }
      const part = await store.putPart({ ...address, partNumber: 1 }, bodyOf(`upload ${at}`), {})
      return store.completeUpload(address, [part], { condition: ABSENT })
    })
    const outcomes = await Promise.allSettled(writers)
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled')
    assert.equal(won.length, 1)
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') assert.ok(failsWith('PreconditionFailed')(outcome.reason))
    assert.equal((await store.head(bucket, 'k')).etag, won[0]?.value.etag)
  })

  test('many who each read a number and write the next one back, if nobody was faster, lose none', async () => {
    await using under = await open()
    const { store, bucket } = under
    await store.put(bucket, 'n', bodyOf('0'), NO_METADATA)
    const add = async () => {
      for (;;) {
        const { info, body } = await store.get(bucket, 'n')
        const next = bodyOf(String(Number((await read(body)).toString()) + 1))
        const condition = { kind: 'etag', etags: [info.etag] } as const
        const done = await store.put(bucket, 'n', next, { metadata: {}, condition }).catch((error: unknown) => {
          if (!failsWith('PreconditionFailed')(error)) throw error
          return undefined
        })
        if (done) return
      }
    }
    await Promise.all(Array.from({ length: 12 }, add))
    assert.equal(await content(store, bucket, 'n'), '12')
  })

  test('an upload that is completed and aborted at the same time is the one or the other, whole', async () => {
    await using under = await open()
    const { store, bucket } = under
    for (let round = 0; round < 10; round++) {
      const key = `k${round}`
      const { uploadId } = await store.createUpload(bucket, key, NO_METADATA)
      const address = { bucket, key, uploadId }
      const parts = [await store.putPart({ ...address, partNumber: 1 }, bodyOf('whole'), round % 2 ? { size: 5 } : {})]
      const calls = [() => store.completeUpload(address, parts), () => store.abortUpload(address)]
      const [first, second] = await Promise.allSettled((round % 3 ? calls : calls.toReversed()).map((call) => call()))
      assert.equal([first, second].filter((outcome) => outcome?.status === 'fulfilled').length, 1)
      const isThere = await store.head(bucket, key).then(
        () => true,
        () => false,
      )
      const [completed] = round % 3 ? [first, second] : [second, first]
      assert.equal(isThere, completed?.status === 'fulfilled')
      if (isThere) assert.equal(await content(store, bucket, key), 'whole')
    }
    assert.deepEqual((await store.listUploads({ bucket, prefix: '', limit: 10 })).uploads, [])
  })

  test('an upload completed by many at once is one object, and all have the same answer', async () => {
    await using under = await open()
    const { store, bucket } = under
    const { uploadId } = await store.createUpload(bucket, 'k', NO_METADATA)
    const address = { bucket, key: 'k', uploadId }
    const parts: UploadedPart[] = []
    for (const [at, bytes] of [pattern(5 * MIB), pattern(99)].entries())
      parts.push(await store.putPart({ ...address, partNumber: at + 1 }, bodyOf(bytes), { size: bytes.length }))
    const infos = await Promise.all(Array.from({ length: 5 }, () => store.completeUpload(address, parts)))
    for (const info of infos) assert.deepEqual(info, infos[0])
    assert.equal((await read((await store.get(bucket, 'k')).body)).length, 5 * MIB + 99)
  })
}

function copies(open: Open): void {
  test('a copy has the bytes and the checksum of its source, what was chosen for it, and a life of its own', async () => {
    await using under = await open()
    const { store, bucket } = under
    const put = await store.put(bucket, 'a', bodyOf('text'), { metadata: {}, checksumAlgorithm: 'SHA256' })
    const seen: string[] = []
    const copied = await store.copy({ bucket, key: 'a' }, { bucket, key: 'b' }, (info) => {
      seen.push(info.etag)
      return { metadata: { contentType: 'x/y' }, tags: [{ key: 'k', value: 'v' }] }
    })
    assert.deepEqual(seen, [put.etag])
    assert.deepEqual([copied.etag, copied.checksum, copied.size], [put.etag, put.checksum, 4])
    await store.delete(bucket, 'a')
    const reopened = await under.reopen()
    assert.deepEqual(await reopened.head(bucket, 'b'), copied)
    assert.deepEqual([copied.metadata, copied.tags], [{ contentType: 'x/y' }, [{ key: 'k', value: 'v' }]])
    assert.equal(await content(reopened, bucket, 'b'), 'text')
  })

  test('a copy onto itself changes what was chosen and keeps the bytes', async () => {
    await using under = await open()
    const { store, bucket } = under
    await store.put(bucket, 'a', bodyOf('text'), NO_METADATA)
    const a = { bucket, key: 'a' }
    await store.copy(a, a, () => ({ metadata: { contentType: 'new' }, tags: [] }))
    assert.equal(await content(store, bucket, 'a'), 'text')
    assert.equal((await store.head(bucket, 'a')).metadata.contentType, 'new')
  })

  test('a copy computes a checksum that its source has not', async () => {
    await using under = await open()
    const { store, bucket } = under
    const bytes = pattern(MIB + 5)
    await store.put(bucket, 'a', bodyOf(bytes), { metadata: {}, checksumAlgorithm: 'CRC32' })
    const chosen = { metadata: {}, tags: [], checksumAlgorithm: 'SHA1' } as const
    const { checksum } = await store.copy({ bucket, key: 'a' }, { bucket, key: 'b' }, () => chosen)
    const sha1 = createChecksum('SHA1')
    sha1.update(bytes)
    assert.deepEqual(checksum, { algorithm: 'SHA1', value: sha1.digest().toString('base64'), type: 'FULL_OBJECT' })
  })

  test('a refused choice, a missing source, a missing bucket and a broken condition copy nothing', async () => {
    await using under = await open()
    const { store, bucket } = under
    await store.put(bucket, 'a', bodyOf('text'), NO_METADATA)
    const choose = () => ({ metadata: {}, tags: [] })
    const no = new Error('no')
    const [a, b] = [
      { bucket, key: 'a' },
      { bucket, key: 'b' },
    ]
    const refuse = () => {
      throw no
    }
    await assert.rejects(store.copy(a, b, refuse), no)
    await assert.rejects(store.copy({ bucket, key: 'none' }, b, choose), failsWith('NoSuchKey'))
    await assert.rejects(store.copy(a, { bucket: 'none', key: 'b' }, choose), failsWith('NoSuchBucket'))
    await assert.rejects(store.copy({ bucket: 'none', key: 'a' }, b, choose), failsWith('NoSuchBucket'))
    await assert.rejects(store.copy(a, { ...a, condition: ABSENT }, choose), failsWith('PreconditionFailed'))
    await assert.rejects(store.head(bucket, 'b'), failsWith('NoSuchKey'))
  })
}

/** How many parts the store knows of an object. */
async function partCount(store: ObjectStore, bucket: string, key: string): Promise<number> {
  return (await store.objectParts(bucket, key, { after: 0, limit: 10 })).total
}

function objectParts(open: Open): void {
  test('an object knows the parts it was uploaded in, also a copy, until it is written anew', async () => {
    await using under = await open()
    const { store, bucket } = under
    for (const key of ['k', 'k']) {
      const { uploadId } = await store.createUpload(bucket, key, NO_METADATA)
      const address = { bucket, key, uploadId }
      const part = await store.putPart({ ...address, partNumber: 3 }, bodyOf('seven by'), { size: 8 })
      await store.completeUpload(address, [part])
    }
    const { parts } = await store.objectParts(bucket, 'k', { after: 0, limit: 1 })
    assert.deepEqual(parts, [{ partNumber: 3, first: 0, last: 7 }])
    await store.copy({ bucket, key: 'k' }, { bucket, key: 'copy' }, () => ({ metadata: {}, tags: [] }))
    await store.put(bucket, 'k', bodyOf('x'), NO_METADATA)
    assert.deepEqual([await partCount(store, bucket, 'k'), await partCount(store, bucket, 'copy')], [0, 1])
    await store.copy({ bucket, key: 'k' }, { bucket, key: 'copy' }, () => ({ metadata: {}, tags: [] }))
    assert.equal(await partCount(store, bucket, 'copy'), 0)
  })
}

function tags(open: Open): void {
  test('tags come with the object, are replaced as a whole, and go with it', async () => {
    await using under = await open()
    const { store, bucket } = under
    const first = [
      { key: 'z', value: '1' },
      { key: 'a', value: '' },
    ]
    const put = await store.put(bucket, 'k', bodyOf('x'), { metadata: {}, tags: first })
    assert.deepEqual(put.tags, first)
    assert.deepEqual((await store.head(bucket, 'k')).tags, first)
    await store.setTags(bucket, 'k', [{ key: '2', value: 'é' }])
    assert.deepEqual(await store.head(bucket, 'k'), { ...put, tags: [{ key: '2', value: 'é' }] })
    await store.setTags(bucket, 'k', [])
    assert.equal((await store.head(bucket, 'k')).tags, undefined)
    await store.setTags(bucket, 'k', first)
    await store.put(bucket, 'k', bodyOf('y'), NO_METADATA)
    assert.equal((await store.head(bucket, 'k')).tags, undefined)
    await assert.rejects(store.setTags(bucket, 'none', []), failsWith('NoSuchKey'))
    const { uploadId } = await store.createUpload(bucket, 'up', { metadata: {}, tags: first })
    const address = { bucket, key: 'up', uploadId }
    const part = await store.putPart({ ...address, partNumber: 1 }, bodyOf('x'), {})
    assert.deepEqual((await store.completeUpload(address, [part])).tags, first)
  })
}

function emptyBuckets(open: Open): void {
  test('a bucket is deleted when it is empty, its uploads with it', async () => {
    await using under = await open()
    const { store } = under
    const bucket = { name: 'short-lived', account: '9', region: 'us-east-1' }
    await assert.rejects(store.deleteBucket(bucket.name), failsWith('NoSuchBucket'))
    await store.createBucket(bucket)
    await store.put(bucket.name, 'k', bodyOf('x'), NO_METADATA)
    await assert.rejects(store.deleteBucket(bucket.name), failsWith('BucketNotEmpty'))
    await store.delete(bucket.name, 'k')
    const { uploadId } = await store.createUpload(bucket.name, 'up', NO_METADATA)
    const address = { bucket: bucket.name, key: 'up', uploadId }
    await store.putPart({ ...address, partNumber: 1 }, bodyOf('x'), {})
    await store.deleteBucket(bucket.name)
    assert.equal(await store.bucket(bucket.name), undefined)
    await store.createBucket({ ...bucket, account: '8' })
    await assert.rejects(store.putPart({ ...address, partNumber: 2 }, bodyOf('x'), {}), failsWith('NoSuchUpload'))
  })

  test('an object on its way into a bucket that is deleted meanwhile is refused', async () => {
    await using under = await open()
    const { store } = under
    await store.createBucket({ name: 'short-lived', account: '9', region: 'us-east-1' })
    const body = async function* () {
      yield Buffer.from('x')
      await store.deleteBucket('short-lived')
    }
    await assert.rejects(store.put('short-lived', 'k', body(), NO_METADATA), failsWith('NoSuchBucket'))
  })
}

function uploadLists(open: Open): void {
  test('the parts of an upload are listed in pages, the newest of each number', async () => {
    await using under = await open()
    const { store, bucket } = under
    const { uploadId } = await store.createUpload(bucket, 'k', { metadata: {}, checksumAlgorithm: 'CRC32' })
    const address = { bucket, key: 'k', uploadId }
    for (const [number, text] of [
      [7, 'old'],
      [2, 'two'],
      [7, 'seven'],
      [9, 'nine'],
    ] as const)
      await store.putPart({ ...address, partNumber: number }, bodyOf(text), {})
    const page = await store.listParts(address, { after: 0, limit: 2 })
    assert.deepEqual(page.upload.checksum, { algorithm: 'CRC32', type: 'COMPOSITE' })
    assert.deepEqual(
      page.parts.map(({ partNumber, etag }) => [partNumber, etag]),
      [
        [2, md5(Buffer.from('two'))],
        [7, md5(Buffer.from('seven'))],
      ],
    )
    assert.equal(page.parts[0]?.checksum?.algorithm, 'CRC32')
    assert.equal(page.next, 7)
    const rest = await store.listParts(address, { after: 7, limit: 2 })
    assert.deepEqual([rest.parts.map(({ partNumber }) => partNumber), rest.next], [[9], undefined])
    const other = { ...address, key: 'other' }
    await assert.rejects(store.listParts(other, { after: 0, limit: 1 }), failsWith('NoSuchUpload'))
  })

  test('all pages of uploads, together, are what a model lists, also where one key has several', async () => {
    const letter = fc.constantFrom('a', 'b', '/', '\uffff', '\u{10000}')
    const key = fc.array(letter, { minLength: 1, maxLength: 4 }).map((letters) => letters.join(''))
    const query = fc.record({
      prefix: fc.constantFrom('', 'a', '/'),
      slash: fc.boolean(),
      limit: fc.integer({ min: 1, max: 4 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(key, { maxLength: 12 }), query, async (keys, { prefix, slash, limit }) => {
        await using under = await open()
        const { store, bucket } = under
        await Promise.all(keys.map((name) => store.createUpload(bucket, name, NO_METADATA)))
        const wanted = { bucket, prefix, limit, ...(slash ? { delimiter: '/' } : {}) }
        const names: string[] = []
        for (
          let page = await store.listUploads(wanted);
          ;
          page = await store.listUploads({ ...wanted, after: page.next })
        ) {
          const entries = [...page.uploads.map((upload) => upload.key), ...page.commonPrefixes].sort(utf8Order)
          assert.ok(entries.length <= limit)
          names.push(...entries)
          if (page.next === undefined) break
        }
        const unique = listAll([...new Set(keys)], { prefix, ...(slash ? { delimiter: '/' } : {}) })
        const isRolledUp = (name: string) => slash && name.slice(prefix.length).includes('/')
        const expected = unique.flatMap((name) => (isRolledUp(name) ? name : keys.filter((one) => one === name)))
        assert.deepEqual(names, expected)
      }),
      { numRuns: 25 },
    )
  })
}
