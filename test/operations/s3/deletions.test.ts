import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { BUCKET, job, READER, s3UnderTest, type S3UnderTest } from './s3-fixture.ts'

const TARGET = `/${BUCKET}?delete`

function request(body: string) {
  return { body, headers: { 'content-md5': createHash('md5').update(body).digest('base64') } }
}

function deletion(...objects: readonly string[]): string {
  return `<Delete>${objects.map((object) => `<Object>${object}</Object>`).join('')}</Delete>`
}

async function withKeys(...keys: readonly string[]): Promise<S3UnderTest> {
  const s3 = await s3UnderTest()
  for (const key of keys) await s3.ask('PUT', `/${BUCKET}/${encodeURIComponent(key)}`, { body: key })
  return s3
}

test('many keys are deleted at once, each with its own outcome, missing ones too', async () => {
  await using s3 = await withKeys('a', ' b&<\u0001', 'kept')
  const keys = ['<Key>a</Key>', '<Key> b&amp;&lt;&#x1;</Key>', '<Key>missing</Key>']
  const errors = [
    '<Key>kept</Key><VersionId>3</VersionId>',
    '<Key>kept</Key><ETag>"other"</ETag>',
    `<Key>${'x'.repeat(1025)}</Key>`,
  ]
  const { status, text } = await s3.ask('POST', TARGET, request(deletion(...keys, ...errors)))
  assert.equal(status, 200)
  const deleted = [...text.matchAll(/<Deleted><Key>(.*?)<\/Key><\/Deleted>/g)].map((match) => match[1])
  assert.deepEqual(deleted, ['a', ' b&amp;&lt;&#x1;', 'missing'])
  const codes = [...text.matchAll(/<Error><Key>.*?<\/Key><Code>(.*?)<\/Code><Message>.+?<\/Message><\/Error>/g)]
  assert.deepEqual(
    codes.map((match) => match[1]),
    ['NotImplemented', 'PreconditionFailed', 'KeyTooLongError'],
  )
  const list = await s3.ask('GET', `/${BUCKET}?list-type=2`)
  assert.deepEqual(
    [...list.text.matchAll(/<Key>(.*?)</g)].map((match) => match[1]),
    ['kept'],
  )
})

test('a quiet deletion tells errors only', async () => {
  await using s3 = await withKeys('a', 'b')
  const body =
    '<Delete><Quiet>true</Quiet><Object><Key>a</Key></Object><Object><Key>b</Key><ETag>x</ETag></Object></Delete>'
  const { text } = await s3.ask('POST', TARGET, request(body))
  assert.match(
    text,
    /<DeleteResult [^>]+><Error><Key>b<\/Key><Code>PreconditionFailed<\/Code><Message>[^<]+<\/Message><\/Error><\/DeleteResult>$/,
  )
})

test('a thousand keys go in one request, one more is too many', async () => {
  await using s3 = await withKeys('k')
  const keys = Array.from({ length: 1000 }, (_, at) => `<Key>${at}</Key>`)
  const { text } = await s3.ask('POST', TARGET, request(deletion(...keys)))
  assert.equal([...text.matchAll(/<Deleted>/g)].length, 1000)
  assert.equal((await s3.refused('POST', TARGET, request(deletion(...keys, '<Key>k</Key>')))).code, 'MalformedXML')
})

for (const body of [
  'x',
  '<Delete></Delete>',
  '<Delete><Object></Object></Delete>',
  '<Delete><Object><Key></Key></Object></Delete>',
]) {
  test(`the deletion ${body} is MalformedXML`, async () => {
    await using s3 = await s3UnderTest()
    assert.equal((await s3.refused('POST', TARGET, request(body))).code, 'MalformedXML')
  })
}

test('a deletion without a checksum, by a reader, or of a bucket that is not its own is refused', async () => {
  await using s3 = await withKeys('a')
  const body = deletion('<Key>a</Key>')
  const { code, message } = await s3.refused('POST', TARGET, { body })
  assert.deepEqual([code, message], ['InvalidRequest', 'Missing required header for this request: Content-MD5'])
  assert.equal((await s3.refused('POST', TARGET, { ...request(body), as: READER })).code, 'AccessDenied')
  assert.equal((await s3.refused('POST', TARGET, { ...request(body), as: job('other') })).code, 'AccessDenied')
  assert.equal((await s3.ask('GET', `/${BUCKET}/a`)).text, 'a')
})

test('an empty bucket is deleted, another is BucketNotEmpty, and a job deletes none', async () => {
  await using s3 = await withKeys('a')
  const { code, status, details } = await s3.refused('DELETE', `/${BUCKET}`)
  assert.deepEqual([code, status, details['BucketName']], ['BucketNotEmpty', 409, BUCKET])
  await s3.ask('DELETE', `/${BUCKET}/a`)
  assert.equal((await s3.refused('DELETE', `/${BUCKET}`, { as: job(BUCKET) })).code, 'AccessDenied')
  assert.equal((await s3.refused('DELETE', `/${BUCKET}`, { as: READER })).code, 'AccessDenied')
  assert.equal((await s3.ask('DELETE', `/${BUCKET}`)).status, 204)
  assert.equal((await s3.refused('DELETE', `/${BUCKET}`)).code, 'NoSuchBucket')
})
