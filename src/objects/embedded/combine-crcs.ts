import type { ChecksumAlgorithm } from '../objects.ts'

/** Of a reflected CRC whose start value and final exclusive-or are all ones. */
interface CrcPolynomial {
  readonly bits: 32 | 64
  /** The polynomial in reflected form, without its highest term. */
  readonly reflected: bigint
}

const POLYNOMIALS: Partial<Record<ChecksumAlgorithm, CrcPolynomial>> = {
  CRC32: { bits: 32, reflected: 0xedb88320n },
  CRC32C: { bits: 32, reflected: 0x82f63b78n },
  CRC64NVME: { bits: 64, reflected: 0x9a6c9329ac4bc9b5n },
}

/**
 * The CRCs of consecutive pieces made into the CRC of the whole, without their bytes.
 * @param parts values in base64 as S3 writes them, lengths in bytes
 * @returns undefined for an algorithm that is no CRC: the hash of a whole cannot be had from those of its parts
 */
export function combineCrcs(
  algorithm: ChecksumAlgorithm,
  parts: readonly { readonly value: string; readonly length: number }[],
): string | undefined {
  const polynomial = POLYNOMIALS[algorithm]
  if (!polynomial) return undefined
  const powers = new Map<number, bigint>()
  let whole = 0n
  for (const { value, length } of parts) {
    const power = powers.get(length) ?? powerOfX(polynomial, BigInt(length) * 8n)
    powers.set(length, power)
    whole = multiply(polynomial, power, whole) ^ BigInt(`0x${Buffer.from(value, 'base64').toString('hex')}`)
  }
  return Buffer.from(whole.toString(16).padStart(polynomial.bits / 4, '0'), 'hex').toString('base64')
}

/** x to the power `exponent`, modulo the polynomial, in reflected form: the highest bit is x to the power 0. */
function powerOfX(polynomial: CrcPolynomial, exponent: bigint): bigint {
  let result = 1n << BigInt(polynomial.bits - 1)
  let square = result >> 1n
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = multiply(polynomial, square, result)
    square = multiply(polynomial, square, square)
  }
  return result
}

function multiply({ bits, reflected }: CrcPolynomial, a: bigint, b: bigint): bigint {
  let product = 0n
  let shifted = b
  for (let bit = BigInt(bits - 1); bit >= 0n; bit--) {
    if ((a >> bit) & 1n) product ^= shifted
    shifted = shifted & 1n ? (shifted >> 1n) ^ reflected : shifted >> 1n
  }
  return product
}
