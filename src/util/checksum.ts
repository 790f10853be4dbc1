import { createHash, type Hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { CRC32, CRC32C, CRC64NVME, crc32cUpdate, Crc64, type CrcPolynomial } from './crc.ts'

/** The algorithms an S3 client may name in `x-amz-checksum-*` (wire 5). */
export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number]

/** A checksum in the making. */
export interface Checksum {
  update(chunk: Uint8Array): void
  /** The raw bytes, big-endian for the CRCs; S3 shows them in base64. To be asked once, at the end. */
  digest(): Buffer
}

const MAKERS: Record<ChecksumAlgorithm, () => Checksum> = {
  CRC32: () => crc32Checksum((chunk, value) => crc32(chunk, value)),
  CRC32C: () => crc32Checksum(crc32cUpdate),
  CRC64NVME: crc64Checksum,
  SHA1: () => hashChecksum(createHash('sha1')),
  SHA256: () => hashChecksum(createHash('sha256')),
}

export function createChecksum(algorithm: ChecksumAlgorithm): Checksum {
  return MAKERS[algorithm]()
}

/** The polynomial of an algorithm whose values can be combined into that of the whole; undefined for a hash. */
export function crcPolynomial(algorithm: ChecksumAlgorithm): CrcPolynomial | undefined {
  return { CRC32, CRC32C, CRC64NVME, SHA1: undefined, SHA256: undefined }[algorithm]
}

function crc32Checksum(next: (chunk: Uint8Array, value: number) => number): Checksum {
  let value = 0
  return {
    update(chunk) {
      value = next(chunk, value)
    },
    digest() {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(value)
      return bytes
    },
  }
}

function crc64Checksum(): Checksum {
  const crc = new Crc64()
  return {
    update: (chunk) => crc.update(chunk),
    digest: () => crc.digest(),
  }
}

function hashChecksum(hash: Hash): Checksum {
  return {
    update(chunk) {
      hash.update(chunk)
    },
    digest: () => hash.digest(),
  }
}
