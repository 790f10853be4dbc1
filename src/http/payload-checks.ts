import { createHash, type Hash } from 'node:crypto'
import { checksumAlgorithmOf, checksumHeader, isChecksumValue, isContentMd5 } from '../protocol/checksum-headers.ts'
import { AwsError } from '../protocol/errors.ts'
import { CHECKSUM_ALGORITHMS, createChecksum, type Checksum, type ChecksumAlgorithm } from '../util/checksum.ts'

type Headers = Readonly<Record<string, string | undefined>>

interface ExpectedChecksum {
  readonly algorithm: ChecksumAlgorithm
  readonly hasher: Checksum
  /** Of a trailer it is known at the end only. */
  value: string | undefined
}

/** Everything that a client says its payload hashes to, compared when the last byte has come. */
export class PayloadChecks {
  readonly #md5: { readonly hash: Hash; readonly value: string } | undefined
  #sha256: { readonly hash: Hash; readonly value: string } | undefined
  #checksum: ExpectedChecksum | undefined

  /** @throws AwsError `InvalidDigest`, `InvalidRequest` for values that are none */
  constructor(headers: Headers, options: { readonly ignoreChecksums: boolean }) {
    this.#md5 = expectedMd5(headers['content-md5'])
    if (!options.ignoreChecksums) this.#checksum = headerChecksum(headers)
  }

  /** @param value hex */
  expectSha256(value: string): void {
    this.#sha256 = { hash: createHash('sha256'), value }
  }

  /**
   * @param names the header `x-amz-trailer`
   * @returns the names in lower case
   * @throws AwsError `InvalidRequest` for a trailer that is no checksum, or a second one
   */
  announceTrailers(names: string | undefined): readonly string[] {
    const announced = (names ?? '')
      .split(',')
      .map((name) => name.trim().toLowerCase())
      .filter(Boolean)
    for (const name of announced) {
      const algorithm = checksumAlgorithmOf(name)
      if (!algorithm)
        throw new AwsError('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported')
      if (this.#checksum) throw severalChecksums()
      this.#checksum = { algorithm, hasher: createChecksum(algorithm), value: undefined }
    }
    return announced
  }

  trailer(name: string, value: string): void {
    const checksum = this.#checksum
    if (!checksum || name !== checksumHeader(checksum.algorithm)) return
    checksum.value = checkedValue(checksum.algorithm, value)
  }

  checksum(): { readonly algorithm: string; value(): string | undefined } | undefined {
    const checksum = this.#checksum
    return checksum && { algorithm: checksum.algorithm, value: () => checksum.value }
  }

  /** The same bytes; the iteration ends with an error if they are not what was said. @throws AwsError `BadDigest`, `XAmzContentSHA256Mismatch` */
  async *verified(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of source) {
      this.#sha256?.hash.update(chunk)
      this.#md5?.hash.update(chunk)
      this.#checksum?.hasher.update(chunk)
      yield chunk
    }
    this.#compare()
  }

  #compare(): void {
    const sha256 = this.#sha256?.hash.digest('hex')
    if (this.#sha256 && sha256 !== this.#sha256.value) throw sha256Mismatch(this.#sha256.value, sha256 ?? '')
    const md5 = this.#md5?.hash.digest('base64')
    if (this.#md5 && md5 !== this.#md5.value)
      throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.', {
        details: { ExpectedDigest: this.#md5.value, CalculatedDigest: md5 ?? '' },
      })
    if (!this.#checksum) return
    const { algorithm, hasher, value } = this.#checksum
    if (hasher.digest().toString('base64') !== value)
      throw new AwsError('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`)
  }
}

function expectedMd5(value: string | undefined): { readonly hash: Hash; readonly value: string } | undefined {
  if (value === undefined) return undefined
  if (isContentMd5(value)) return { hash: createHash('md5'), value }
  throw new AwsError('InvalidDigest', 'The Content-MD5 you specified was invalid.', {
    details: { 'Content-MD5': value.slice(0, 128) },
  })
}

function headerChecksum(headers: Headers): ExpectedChecksum | undefined {
  const given = CHECKSUM_ALGORITHMS.filter((algorithm) => headers[checksumHeader(algorithm)] !== undefined)
  const [algorithm] = given
  if (algorithm === undefined) return undefined
  if (given.length > 1) throw severalChecksums()
  const value = checkedValue(algorithm, headers[checksumHeader(algorithm)] ?? '')
  return { algorithm, hasher: createChecksum(algorithm), value }
}

function checkedValue(algorithm: ChecksumAlgorithm, value: string): string {
  if (isChecksumValue(algorithm, value)) return value
  throw new AwsError('InvalidRequest', `Value for ${checksumHeader(algorithm)} header is invalid.`)
}

function severalChecksums(): AwsError {
  return new AwsError(
    'InvalidRequest',
    'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
  )
}

function sha256Mismatch(claimed: string, computed: string): AwsError {
  return new AwsError(
    'XAmzContentSHA256Mismatch',
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    { details: { ClientComputedContentSHA256: claimed, S3ComputedContentSHA256: computed } },
  )
}
