import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseXml, type XmlElement } from '../../../src/protocol/xml.ts'
import { BUCKET, s3UnderTest, type S3UnderTest } from './s3-fixture.ts'

interface Listed {
  readonly keys: readonly string[]
  readonly prefixes: readonly string[]
  /** The text of a child of the root. */
  member(name: string): string | undefined
}

async function list(s3: S3UnderTest, query: string): Promise<Listed> {
  const { status, headers, text } = await s3.ask('GET', `/${BUCKET}?${query}`)
  assert.deepEqual([status, headers['content-type']], [200, 'application/xml'])
  const root = parseXml(text)
  assert.equal(root.name, 'ListBucketResult')
  const named = (name: string) => root.children.filter((child) => child.name === name)
  const child = (element: XmlElement, name: string) => element.children.find((each) => each.name === name)?.text ?? ''
  return {
    keys: named('Contents').map((element) => child(element, 'Key')),
    prefixes: named('CommonPrefixes').map((element) => child(element, 'Prefix')),
    member: (name) => named(name)[0]?.text,
  }
}

async function filled(...keys: string[]): Promise<S3UnderTest> {
  const s3 = await s3UnderTest()
  for (const key of keys) await s3.ask('PUT', `/${BUCKET}/${encodeURIComponent(key)}`, { body: key })
  return s3
}

test('version 2 goes through pages by its token, keys and common prefixes counted together', async () => {
  await using s3 = await filled('a', 'b/1', 'b/2', 'c', 'd/1')
  const first = await list(s3, 'list-type=2&delimiter=%2F&max-keys=2')
  assert.deepEqual([first.keys, first.prefixes], [['a'], ['b/']])
  assert.deepEqual(
    ['KeyCount', 'MaxKeys', 'IsTruncated', 'Delimiter', 'Name'].map((name) => first.member(name)),
    ['2', '2', 'true', '/', BUCKET],
  )
  const token = first.member('NextContinuationToken') ?? ''
  const second = await list(s3, `list-type=2&delimiter=%2F&max-keys=2&continuation-token=${token}`)
  assert.deepEqual([second.keys, second.prefixes], [['c'], ['d/']])
  assert.deepEqual(
    ['ContinuationToken', 'IsTruncated', 'NextContinuationToken'].map((name) => second.member(name)),
    [token, 'false', undefined],
  )
})

test('version 2 begins after start-after, and shows owners when asked', async () => {
  await using s3 = await filled('a', 'b', 'c')
  const page = await list(s3, 'list-type=2&start-after=a')
  assert.deepEqual([page.keys, page.member('StartAfter')], [['b', 'c'], 'a'])
  const owner = async (query: string) => /<Owner>/.test((await s3.ask('GET', `/${BUCKET}?${query}`)).text)
  assert.deepEqual(
    [await owner('list-type=2'), await owner('list-type=2&fetch-owner=true'), await owner('')],
    [false, true, true],
  )
})

test('version 1 goes on from its marker, and names the next one where there is a delimiter', async () => {
  await using s3 = await filled('a', 'b/1', 'b/2', 'c')
  const first = await list(s3, 'delimiter=%2F&max-keys=2')
  assert.deepEqual([first.keys, first.prefixes, first.member('NextMarker')], [['a'], ['b/'], 'b/'])
  const second = await list(s3, 'delimiter=%2F&marker=b%2F')
  assert.deepEqual([second.keys, second.prefixes, second.member('Marker')], [['c'], [], 'b/'])
  const plain = await list(s3, 'max-keys=1')
  assert.deepEqual([plain.member('IsTruncated'), plain.member('NextMarker')], ['true', undefined])
  assert.deepEqual((await list(s3, 'marker=b%2F1')).keys, ['b/2', 'c'])
})

test('keys are percent-encoded if asked for, and the answer says so', async () => {
  await using s3 = await filled('ü/a b+c&<\u0001>', 'ü/z')
  const page = await list(s3, 'list-type=2&encoding-type=url&prefix=%C3%BC%2F&max-keys=1')
  assert.deepEqual(page.keys, ['%C3%BC/a%20b%2Bc%26%3C%01%3E'])
  assert.deepEqual([page.member('EncodingType'), page.member('Prefix')], ['url', '%C3%BC/'])
  const plain = await s3.ask('GET', `/${BUCKET}?list-type=2&max-keys=1`)
  assert.match(plain.text, /<Key>ü\/a b\+c&amp;&lt;&#x1;&gt;<\/Key>/)
})

test('at most 1000 keys come at once', async () => {
  await using s3 = await filled('a')
  assert.equal((await list(s3, 'list-type=2&max-keys=5000')).member('MaxKeys'), '1000')
  const none = await list(s3, 'list-type=2&max-keys=0')
  assert.deepEqual([none.keys, none.member('IsTruncated')], [[], 'false'])
})

for (const [query, argument, message] of [
  ['max-keys=-1', 'max-keys', 'Provided max-keys not an integer or within integer range'],
  ['max-keys=many', 'max-keys', 'Provided max-keys not an integer or within integer range'],
  ['encoding-type=base64', 'encoding-type', 'Invalid Encoding Method specified in Request'],
  ['continuation-token=forged', 'continuation-token', 'The continuation token provided is incorrect'],
] as const) {
  test(`a list with ${query} is refused`, async () => {
    await using s3 = await s3UnderTest()
    const error = await s3.refused('GET', `/${BUCKET}?list-type=2&${query}`)
    assert.deepEqual([error.code, error.message, error.details['ArgumentName']], ['InvalidArgument', message, argument])
  })
}
