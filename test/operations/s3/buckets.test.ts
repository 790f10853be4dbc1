import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, BUCKET, job, READER, s3UnderTest, STRANGER } from './s3-fixture.ts'

function constraint(region: string): { readonly body: string } {
  return {
    body: `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`,
  }
}

test('a bucket has the region of its LocationConstraint, else us-east-1', async () => {
  await using s3 = await s3UnderTest()
  const region = async (bucket: string) => (await s3.ask('HEAD', `/${bucket}`)).headers['x-amz-bucket-region']
  const { status, headers } = await s3.ask('PUT', '/plain')
  assert.deepEqual([status, headers['location']], [200, '/plain'])
  assert.equal(await region('plain'), 'us-east-1')
  await s3.ask('PUT', '/in-ireland', { ...constraint('eu-west-1'), region: 'eu-west-1' })
  assert.equal(await region('in-ireland'), 'eu-west-1')
  await s3.ask('PUT', '/old-name', constraint('EU'))
  assert.equal(await region('old-name'), 'eu-west-1')
})

test('constraint and endpoint must go together', async () => {
  await using s3 = await s3UnderTest()
  const code = async (options: object) => (await s3.refused('PUT', '/bucket', options)).code
  assert.equal(await code({ region: 'eu-west-1' }), 'IllegalLocationConstraintException')
  assert.equal(await code({ ...constraint('eu-west-1'), region: 'eu-west-2' }), 'IllegalLocationConstraintException')
  assert.equal(await code(constraint('moon')), 'InvalidLocationConstraint')
  assert.equal(await code({ body: '<Create' }), 'MalformedXML')
  assert.equal(await code({ body: 'x'.repeat(70_000) }), 'MaxMessageLengthExceeded')
})

test('creating a bucket again is no error in us-east-1, and is one elsewhere and for others', async () => {
  await using s3 = await s3UnderTest()
  assert.equal((await s3.ask('PUT', `/${BUCKET}`)).status, 200)
  const elsewhere = await s3.refused('PUT', `/${BUCKET}`, { ...constraint('eu-west-1'), region: 'eu-west-1' })
  assert.deepEqual([elsewhere.code, elsewhere.status], ['BucketAlreadyOwnedByYou', 409])
  const taken = await s3.refused('PUT', `/${BUCKET}`, { as: STRANGER })
  assert.deepEqual([taken.code, taken.status], ['BucketAlreadyExists', 409])
})

test('the name of an account’s default bucket is kept for it, in every region, but from who owns the server', async () => {
  await using s3 = await s3UnderTest()
  for (const region of ['us-east-1', 'us-gov-west-1']) {
    const name = `sagemaker-${region}-222233334444`
    const squatted = await s3.refused('PUT', `/${name}`, { as: STRANGER })
    assert.deepEqual([squatted.code, squatted.status], ['BucketAlreadyExists', 409])
    assert.equal(await s3.under.store.bucket(name), undefined)
  }
  for (const name of [`sagemaker-us-east-1-${STRANGER.account}`, 'results-222233334444'])
    assert.equal((await s3.ask('PUT', `/${name}`, { as: STRANGER })).status, 200)
  assert.equal((await s3.ask('PUT', '/sagemaker-us-east-1-222233334444')).status, 200)
})

for (const name of [
  'ab',
  'a'.repeat(64),
  'Upper',
  'under_score',
  '-a-b',
  'a-b-',
  'a..b',
  '10.0.0.1',
  'xn--abc',
  'abc-s3alias',
]) {
  test(`${name} is no bucket name`, async () => {
    await using s3 = await s3UnderTest()
    const { code, message } = await s3.refused('PUT', `/${name}`)
    assert.deepEqual([code, message], ['InvalidBucketName', 'The specified bucket is not valid.'])
  })
}

test('ListBuckets tells the owner, and by prefix, region and page what is asked for', async () => {
  await using s3 = await s3UnderTest()
  await s3.ask('PUT', '/aaa', { ...constraint('eu-west-1'), region: 'eu-west-1' })
  await s3.ask('PUT', '/aab')
  const names = ({ text }: { readonly text: string }) =>
    Array.from(text.matchAll(/<Name>(.*?)<\/Name>/g), (match) => match[1])
  const all = await s3.ask('GET', '/')
  assert.deepEqual(names(all), ['aaa', 'aab', BUCKET])
  assert.match(all.text, new RegExp(`<Owner><ID>[0-9a-f]{64}</ID><DisplayName>${ACCOUNT}</DisplayName></Owner>`))
  assert.match(all.text, /<CreationDate>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z<\/CreationDate>/)
  assert.deepEqual(names(await s3.ask('GET', '/?prefix=aa')), ['aaa', 'aab'])
  assert.deepEqual(names(await s3.ask('GET', '/?bucket-region=eu-west-1')), ['aaa'])
  const first = await s3.ask('GET', '/?max-buckets=2')
  const token = /<ContinuationToken>(.*?)</.exec(first.text)?.[1] ?? ''
  assert.deepEqual(names(first), ['aaa', 'aab'])
  assert.deepEqual(names(await s3.ask('GET', `/?max-buckets=2&continuation-token=${token}`)), [BUCKET])
})

test('a missing bucket is NoSuchBucket, for its owner only', async () => {
  await using s3 = await s3UnderTest()
  const { code, status, message, details } = await s3.refused('GET', '/missing')
  assert.deepEqual([code, status, message], ['NoSuchBucket', 404, 'The specified bucket does not exist'])
  assert.equal(details['BucketName'], 'missing')
  assert.equal((await s3.refused('GET', '/missing', { as: job(BUCKET) })).code, 'AccessDenied')
})

test('the bucket of another account is closed, and so is one whose owner is not the expected', async () => {
  await using s3 = await s3UnderTest()
  for (const method of ['HEAD', 'GET']) {
    const { code, status } = await s3.refused(method, `/${BUCKET}`, { as: STRANGER })
    assert.deepEqual([code, status], ['AccessDenied', 403])
  }
  const owner = (account: string) => ({ headers: { 'x-amz-expected-bucket-owner': account } })
  assert.equal((await s3.ask('HEAD', `/${BUCKET}`, owner(ACCOUNT))).status, 200)
  assert.equal((await s3.refused('HEAD', `/${BUCKET}`, owner('444455556666'))).code, 'AccessDenied')
})

test('a job reaches its buckets and no other, and makes none', async () => {
  await using s3 = await s3UnderTest()
  await s3.ask('PUT', '/other-bucket')
  const as = job(BUCKET)
  assert.equal((await s3.ask('PUT', `/${BUCKET}/k`, { as, body: 'x' })).status, 200)
  assert.equal((await s3.ask('GET', `/${BUCKET}/k`, { as })).text, 'x')
  for (const [method, target] of [
    ['PUT', '/other-bucket/k'],
    ['GET', '/other-bucket'],
    ['HEAD', '/other-bucket'],
    ['PUT', '/made-by-job'],
    ['PUT', `/${BUCKET}`],
  ] as const) {
    assert.equal((await s3.refused(method, target, { as, body: '' })).code, 'AccessDenied', `${method} ${target}`)
  }
  const { text } = await s3.ask('GET', '/', { as })
  assert.deepEqual(
    Array.from(text.matchAll(/<Name>(.*?)<\/Name>/g), (match) => match[1]),
    [BUCKET],
  )
})

test('who may only read changes nothing', async () => {
  await using s3 = await s3UnderTest()
  await s3.ask('PUT', `/${BUCKET}/k`, { body: 'x' })
  assert.equal((await s3.ask('GET', `/${BUCKET}/k`, { as: READER })).text, 'x')
  for (const [method, target] of [
    ['PUT', `/${BUCKET}/k`],
    ['DELETE', `/${BUCKET}/k`],
    ['POST', `/${BUCKET}/k?uploads`],
    ['PUT', '/new-bucket'],
  ] as const) {
    assert.equal((await s3.refused(method, target, { as: READER })).code, 'AccessDenied')
  }
})

test('what was begun in a bucket that has become another account’s meanwhile is not done there', async () => {
  await using s3 = await s3UnderTest()
  const { store } = s3.under
  const mine = { name: 'moving', account: ACCOUNT, region: 'us-east-1' }
  const handOver = async () => {
    await store.delete('moving', 'k')
    await store.deleteBucket('moving')
    await store.createBucket({ ...mine, account: STRANGER.account })
    assert.equal((await s3.ask('PUT', '/moving/k', { body: 'theirs', as: STRANGER })).status, 200)
  }
  const checksum = { algorithm: 'CRC32', value: () => undefined }
  const tagging = '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>'
  for (const [method, target, asked] of [
    ['PUT', '/moving/k', { body: 'mine' }],
    ['POST', '/moving?delete', { body: '<Delete><Object><Key>k</Key></Object></Delete>', checksum }],
    ['PUT', '/moving/k?tagging', { body: tagging }],
  ] as const) {
    await store.createBucket(mine)
    await s3.ask('PUT', '/moving/k', { body: 'mine at first' })
    await s3.refused(method, target, { ...asked, beforeBody: handOver })
    const { text, headers } = await s3.ask('GET', '/moving/k', { as: STRANGER })
    assert.deepEqual([text, headers['x-amz-tagging-count']], ['theirs', undefined], target)
    await store.delete('moving', 'k')
    await store.deleteBucket('moving')
  }
})
