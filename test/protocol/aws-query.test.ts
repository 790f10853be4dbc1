import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeQuery, encodeQueryError, encodeQueryResponse } from '../../src/protocol/aws-query.ts'
import { AwsError } from '../../src/protocol/errors.ts'

test('decodes lists, maps, structures and times', () => {
  const call = decodeQuery(
    'Action=PutThing&Version=2010-08-01&Names.member.2=b&Names.member.1=a%20c&Names.member.10=z&Time=2024-01-02T00%3A00%3A00Z' +
      '&Tags.entry.1.key=k&Tags.entry.1.value=v&Spec.Inner.Deep=1&Items.member.1.Name=n&Items.member.1.Sizes.member.1=3',
  )
  assert.deepEqual(call, {
    action: 'PutThing',
    version: '2010-08-01',
    input: {
      Names: ['a c', 'b', 'z'],
      Time: '2024-01-02T00:00:00Z',
      Tags: { k: 'v' },
      Spec: { Inner: { Deep: '1' } },
      Items: [{ Name: 'n', Sizes: ['3'] }],
    },
  })
})

test('leaves the parameters of a presigned GET out of the input', () => {
  const call = decodeQuery('Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Date=d&X-Amz-Signature=s')
  assert.deepEqual(call.input, {})
})

test('takes a member named like one of every object for what it is', () => {
  const { input } = decodeQuery('Action=A&Version=1&__proto__.x=1&constructor=2')
  assert.deepEqual(Object.keys(input), ['__proto__', 'constructor'])
  assert.equal(Object.getPrototypeOf(input), Object.prototype)
  assert.equal(({} as { x?: unknown }).x, undefined)
})

for (const [what, text, code] of [
  ['no action', 'Version=1', 'MissingAction'],
  ['a parameter given twice', 'Action=A&b=1&b=2', 'MalformedQueryString'],
  ['a parameter that is text and structure', 'Action=A&b=1&b.c=2', 'MalformedQueryString'],
  ['a stray percent sign', 'Action=A&b=%', 'MalformedQueryString'],
  ['a map entry without key', 'Action=A&b.entry.1.value=2', 'MalformedQueryString'],
  ['nesting without end', `Action=A&${'a.'.repeat(1000)}b=1`, 'MalformedQueryString'],
] as const)
  test(`refuses ${what}`, () => {
    assert.throws(() => decodeQuery(text), { name: 'AwsError', code })
  })

test('answers arbitrary text with a call or an error of AWS, never with another', () => {
  const part = fc.constantFrom(
    'Action',
    'member',
    'entry',
    'key',
    'value',
    '1',
    '2',
    '.',
    '=',
    '&',
    '%41',
    '%',
    '+',
    '__proto__',
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
      try {
        assert.equal(typeof decodeQuery(`Action=A&${parts.join('')}`).action, 'string')
      } catch (error) {
        assert.ok(error instanceof AwsError)
      }
    }),
    { numRuns: 500 },
  )
})

test('writes an answer with its result and its request id', () => {
  const text = encodeQueryResponse('Get', { A: ['x', 'y'], When: new Date(0) }, { namespace: 'urn:n', requestId: 'r' })
  assert.equal(
    text,
    '<GetResponse xmlns="urn:n"><GetResult><A><member>x</member><member>y</member></A><When>1970-01-01T00:00:00.000Z</When></GetResult>' +
      '<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetResponse>\n',
  )
})

test('blames the sender for 4xx and the receiver for 5xx', () => {
  const context = { namespace: 'urn:n', requestId: 'r' }
  assert.match(
    encodeQueryError(new AwsError('C', 'm<'), context),
    /<ErrorResponse xmlns="urn:n"><Error><Type>Sender<\/Type><Code>C<\/Code><Message>m&lt;<\/Message><\/Error><RequestId>r</,
  )
  assert.match(encodeQueryError(new AwsError('C', 'm', { status: 500 }), context), /<Type>Receiver</)
})
