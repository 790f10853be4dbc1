import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm } from '../util/checksum.ts'

/** `x-amz-checksum-crc32c` */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`
}

/** `CRC32C` for `x-amz-checksum-crc32c`; undefined for a header that carries no checksum value, `x-amz-checksum-mode` for one. */
export function checksumAlgorithmOf(header: string): ChecksumAlgorithm | undefined {
  return CHECKSUM_ALGORITHMS.find((algorithm) => header === checksumHeader(algorithm))
}

const BYTES: Readonly<Record<ChecksumAlgorithm, number>> = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 }

/** Whether the text is base64 of as many bytes as the algorithm has. */
export function isChecksumValue(algorithm: ChecksumAlgorithm, text: string): boolean {
  return isBase64Of(BYTES[algorithm], text)
}

/** Whether the text is base64 of 16 bytes, as `Content-MD5` must be. */
export function isContentMd5(text: string): boolean {
  return isBase64Of(16, text)
}

function isBase64Of(length: number, text: string): boolean {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === length && bytes.toString('base64') === text
}
