import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeJson, encodeJsonError } from '../../src/protocol/aws-json.ts'
import { AwsError } from '../../src/protocol/errors.ts'

const TYPE = 'application/x-amz-json-1.1'

test('decodes an object, whatever the parameters and the case of the content type', () => {
  assert.deepEqual(decodeJson(Buffer.from('{"a":1.5,"b":["ü"]}'), 'Application/X-Amz-Json-1.1; charset=utf-8', '1.1'), {
    a: 1.5,
    b: ['ü'],
  })
})

test('takes an empty body for an empty input', () => {
  assert.deepEqual(decodeJson(Buffer.alloc(0), TYPE, '1.1'), {})
})

for (const [what, body, type] of [
  ['another content type', '{}', 'application/json'],
  ['another version of the protocol', '{}', 'application/x-amz-json-1.0'],
  ['no content type', '{}', undefined],
  ['malformed JSON', '{"a":', TYPE],
  ['a list', '[]', TYPE],
  ['a string', '"a"', TYPE],
  ['null', 'null', TYPE],
  ['a byte order mark', '\uFEFF{}', TYPE],
] as const)
  test(`answers ${what} with SerializationException`, () => {
    assert.throws(() => decodeJson(Buffer.from(body), type, '1.1'), {
      name: 'AwsError',
      code: 'SerializationException',
    })
  })

test('answers bytes that are not UTF-8 with SerializationException', () => {
  const body = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])
  assert.throws(() => decodeJson(body, TYPE, '1.1'), { code: 'SerializationException' })
})

test('answers arbitrary bytes with an object or an error of AWS, never with another', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        try {
          assert.equal(typeof decodeJson(Buffer.from(bytes), TYPE, '1.1'), 'object')
        } catch (error) {
          assert.ok(error instanceof AwsError)
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('names the code in __type and the text in the member of the service', () => {
  const error = new AwsError('ResourceInUse', 'text "x"')
  assert.equal(encodeJsonError(error, 'Message'), '{"__type":"ResourceInUse","Message":"text \\"x\\""}')
  assert.equal(encodeJsonError(error, 'message'), '{"__type":"ResourceInUse","message":"text \\"x\\""}')
})
