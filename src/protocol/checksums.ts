import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { Crc32c } from './crc32c.ts'
import { Crc64Nvme } from './crc64nvme.ts'

/** The algorithms of `x-amz-checksum-*`, as S3 names them. */
export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const

export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number]

/** A checksum over bytes that come in pieces. */
export interface Checksum {
  update(chunk: Uint8Array): void
  /** The value so far as S3 writes it: base64 of the big-endian bytes. Call it once, at the end. */
  digest(): string
}

export function createChecksum(algorithm: ChecksumAlgorithm): Checksum {
  switch (algorithm) {
    case 'CRC32':
      return new Crc32()
    case 'CRC32C':
      return new Crc32c()
    case 'CRC64NVME':
      return new Crc64Nvme()
    case 'SHA1':
      return new HashChecksum('sha1', 'base64')
    case 'SHA256':
      return new HashChecksum('sha256', 'base64')
    default:
      return algorithm satisfies never
  }
}

/** MD5 as `Content-MD5` writes it, base64. */
export function createContentMd5(): Checksum {
  return new HashChecksum('md5', 'base64')
}

/** SHA-256 as `x-amz-content-sha256` writes it, hex. */
export function createContentSha256(): Checksum {
  return new HashChecksum('sha256', 'hex')
}

/** `CRC32C` for `x-amz-checksum-crc32c`; undefined for a header that carries no checksum value. */
export function checksumAlgorithmOfHeader(name: string): ChecksumAlgorithm | undefined {
  return CHECKSUM_ALGORITHMS.find((algorithm) => name === checksumHeader(algorithm))
}

/** `x-amz-checksum-crc32c` */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`
}

const BYTES: Readonly<Record<ChecksumAlgorithm, number>> = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 }

/** Whether the text is base64 of as many bytes as the algorithm has. */
export function isChecksumValue(algorithm: ChecksumAlgorithm, text: string): boolean {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === BYTES[algorithm] && bytes.toString('base64') === text
}

class HashChecksum implements Checksum {
  readonly #hash
  readonly #encoding: 'base64' | 'hex'

  constructor(algorithm: 'md5' | 'sha1' | 'sha256', encoding: 'base64' | 'hex') {
    this.#hash = createHash(algorithm)
    this.#encoding = encoding
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk)
  }

  digest(): string {
    return this.#hash.digest(this.#encoding)
  }
}

class Crc32 implements Checksum {
  #value = 0

  update(chunk: Uint8Array): void {
    this.#value = crc32(chunk, this.#value)
  }

  digest(): string {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(this.#value)
    return bytes.toString('base64')
  }
}
