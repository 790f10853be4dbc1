import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeCborItem } from '../../src/protocol/cbor-decoder.ts'
import { AwsError } from '../../src/protocol/errors.ts'
import { decodeCbor, encodeCbor, encodeCborError } from '../../src/protocol/rpc-cbor.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

/** From appendix A of RFC 8949. */
const EXAMPLES: readonly (readonly [string, unknown])[] = [
  ['00', 0],
  ['17', 23],
  ['18 64', 100],
  ['19 03e8', 1000],
  ['1a 000f4240', 1_000_000],
  ['1b 000000e8d4a51000', 1_000_000_000_000],
  ['20', -1],
  ['38 63', -100],
  ['f9 3c00', 1],
  ['f9 7bff', 65504],
  ['f9 0001', 5.960464477539063e-8],
  ['f9 c400', -4],
  ['f9 7c00', Infinity],
  ['fa 47c35000', 100_000],
  ['fb 3ff199999999999a', 1.1],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['f7', null],
  ['c1 1a 514b67b0', 1_363_896_240],
  ['c1 fb 41d452d9ec200000', 1_363_896_240.5],
  ['60', ''],
  ['62 c3bc', 'ü'],
  ['83 01 02 03', [1, 2, 3]],
  ['a2 6161 01 6162 82 02 03', { a: 1, b: [2, 3] }],
  ['9f 01 82 02 03 ff', [1, [2, 3]]],
  ['bf 6161 01 6162 9f 02 ff ff', { a: 1, b: [2] }],
  ['7f 65 7374726561 64 6d696e67 ff', 'streaming'],
]

test('reads the examples of the standard', () => {
  for (const [bytes, value] of EXAMPLES) assert.deepEqual(decodeCborItem(hex(bytes)), value, bytes)
})

test('what it writes it reads again, times as epoch seconds', () => {
  const value = fc.letrec((tie) => ({
    item: fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.integer(),
      fc.double({ noNaN: true }),
      fc.boolean(),
      fc.array(tie('item'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('item'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).item
  fc.assert(
    fc.property(value, (item) => assert.deepEqual(decodeCbor(encodeCbor({ item })), { item })),
    { numRuns: 300 },
  )
  const answer = encodeCbor({ at: new Date(1_700_000_000_500), none: undefined, long: 'x'.repeat(300) })
  assert.deepEqual(decodeCbor(answer), { at: 1_700_000_000.5, long: 'x'.repeat(300) })
  assert.equal(encodeCbor({ at: new Date(1_700_000_000_000) }).toString('hex'), 'a1626174c11a6553f100')
})

test('an error has its type and its text, and an empty body is an empty input', () => {
  const error = new AwsError('InvalidParameterValue', 'no')
  assert.deepEqual(decodeCbor(encodeCborError(error)), { __type: 'InvalidParameterValue', message: 'no' })
  assert.deepEqual(decodeCbor(encodeCborError(error, 'Other')), { __type: 'Other', message: 'no' })
  assert.deepEqual(decodeCbor(Buffer.alloc(0)), {})
})

test('what is not whole, or nothing that a request has, is refused', () => {
  const refused = ['19 03', '62 61', '83 01', 'bf 6161', '9f 01', '1c', 'ff', '00 00', 'c2 41 01', 'f8 20', '61 ff']
  for (const bytes of [...refused, 'a1 01 02', '9b ffffffffffffffff', '81'.repeat(100), '7f 01 ff'])
    assert.throws(() => decodeCborItem(hex(bytes)), { code: 'SerializationException' }, bytes)
  for (const bytes of ['01', '80', 'f6'])
    assert.throws(() => decodeCbor(hex(bytes)), { code: 'SerializationException' })
})

test('no bytes whatever do anything but be read or refused', () => {
  const bytes = fc.uint8Array({ maxLength: 64 })
  fc.assert(
    fc.property(bytes, (given) => {
      try {
        decodeCborItem(Buffer.from(given))
      } catch (error) {
        assert.ok(error instanceof AwsError, String(error))
      }
    }),
    { numRuns: 5000 },
  )
})

test('a key named like the prototype of every object is a key like any other', () => {
  const map = decodeCbor(hex('a1 69 5f5f70726f746f5f5f 01'))
  assert.deepEqual(Object.entries(map), [['__proto__', 1]])
})
