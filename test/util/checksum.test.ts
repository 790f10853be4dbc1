import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CHECKSUM_ALGORITHMS, createChecksum, crcPolynomial } from '../../src/util/checksum.ts'
import { combineCrcs } from '../../src/util/crc.ts'

/** Check values of the catalogue of CRC algorithms and of FIPS 180-4 for the text 123456789. */
const CHECK_VALUES = {
  CRC32: 'cbf43926',
  CRC32C: 'e3069283',
  CRC64NVME: 'ae8b14860a799888',
  SHA1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
  SHA256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
} as const

for (const algorithm of CHECKSUM_ALGORITHMS) {
  const of = (...chunks: Uint8Array[]) => {
    const checksum = createChecksum(algorithm)
    for (const chunk of chunks) checksum.update(chunk)
    return checksum.digest()
  }
  const data = Buffer.from(Array.from({ length: 1000 }, (_, index) => (index * 167) % 251))

  test(`${algorithm} gives the published check value`, () => {
    assert.equal(of(Buffer.from('123456789')).toString('hex'), CHECK_VALUES[algorithm])
  })

  test(`${algorithm} does not depend on how the data is cut`, () => {
    for (const cut of [0, 1, 7, 8, 9, 500, 999]) {
      assert.deepEqual(of(data.subarray(0, cut), data.subarray(cut)), of(data))
    }
  })

  const polynomial = crcPolynomial(algorithm)
  if (!polynomial) continue

  test(`${algorithm} of parts makes that of the whole`, () => {
    const parts = [data.subarray(0, 300), data.subarray(300, 600), data.subarray(600, 601), data.subarray(601)]
    const values = parts.map((part) => ({ value: of(part), length: part.length }))
    assert.deepEqual(combineCrcs(polynomial, values), of(data))
  })
}
