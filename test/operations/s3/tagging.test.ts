import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BUCKET, READER, s3UnderTest } from './s3-fixture.ts'

const K = `/${BUCKET}/k`

function tagging(...tags: readonly (readonly [string, string])[]): string {
  const set = tags.map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`).join('')
  return `<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet>${set}</TagSet></Tagging>`
}

test('tags are put, replaced, counted and deleted', async () => {
  await using s3 = await s3UnderTest()
  const { code } = await s3.refused('GET', `${K}?tagging`)
  assert.equal(code, 'NoSuchKey')
  await s3.ask('PUT', K, { body: 'x', headers: { 'x-amz-tagging': 'project=a+b%20c&empty' } })
  assert.equal((await s3.ask('GET', K)).headers['x-amz-tagging-count'], '2')
  assert.ok((await s3.ask('GET', `${K}?tagging`)).text.includes('<Key>project</Key><Value>a b c</Value>'))
  const put = await s3.ask('PUT', `${K}?tagging`, { body: tagging(['stage', 'ü@+-=._:/ 1'], ['other', '']) })
  assert.deepEqual([put.status, put.text], [200, ''])
  assert.ok(
    (await s3.ask('GET', `${K}?tagging`, { as: READER })).text.endsWith(
      tagging(['stage', 'ü@+-=._:/ 1'], ['other', '']),
    ),
  )
  assert.equal((await s3.refused('PUT', `${K}?tagging`, { body: tagging(), as: READER })).code, 'AccessDenied')
  assert.equal((await s3.ask('DELETE', `${K}?tagging`)).status, 204)
  assert.ok((await s3.ask('GET', `${K}?tagging`)).text.endsWith(tagging()))
  assert.equal((await s3.ask('HEAD', K)).headers['x-amz-tagging-count'], undefined)
  assert.equal((await s3.ask('GET', K)).text, 'x')
})

const eleven = Array.from({ length: 11 }, (_, at) => [`k${at}`, ''] as const)
for (const [what, body, code, message] of [
  ['no XML', 'x', 'MalformedXML', /./],
  ['no set', '<Tagging></Tagging>', 'MalformedXML', /./],
  ['a tag without a value', '<Tagging><TagSet><Tag><Key>k</Key></Tag></TagSet></Tagging>', 'MalformedXML', /./],
  ['eleven', tagging(...eleven), 'BadRequest', /^Object tags cannot be greater than 10$/],
  ['a key twice', tagging(['k', '1'], ['k', '2']), 'InvalidTag', /^Cannot provide multiple Tags with the same key$/],
  ['an empty key', tagging(['', '1']), 'InvalidTag', /^The TagKey you have provided is invalid$/],
  ['a long key', tagging(['k'.repeat(129), '1']), 'InvalidTag', /^The TagKey you have provided is invalid$/],
  ['a long value', tagging(['k', 'v'.repeat(257)]), 'InvalidTag', /^The TagValue you have provided is invalid$/],
  ['a letter that is none', tagging(['k', 'a*b']), 'InvalidTag', /^The TagValue you have provided is invalid$/],
  ["AWS's own prefix", tagging(['aws:k', '1']), 'InvalidTag', /^System tags cannot be added/],
] as const) {
  test(`tags with ${what} are ${code}, and those before stay`, async () => {
    await using s3 = await s3UnderTest()
    await s3.ask('PUT', K, { body: 'x', headers: { 'x-amz-tagging': 'before=1' } })
    const error = await s3.refused('PUT', `${K}?tagging`, { body })
    assert.equal(error.code, code)
    assert.match(error.message, message)
    assert.ok((await s3.ask('GET', `${K}?tagging`)).text.endsWith(tagging(['before', '1'])))
  })
}

test('a header with a tag twice is no set of tags, and nothing is written', async () => {
  await using s3 = await s3UnderTest()
  const options = { body: 'x', headers: { 'x-amz-tagging': 'a=1&a=2' } }
  assert.equal((await s3.refused('PUT', K, options)).code, 'InvalidArgument')
  assert.equal((await s3.refused('POST', `${K}?uploads`, options)).code, 'InvalidArgument')
  assert.equal((await s3.refused('GET', K)).code, 'NoSuchKey')
})
