import { createChecksum, type ChecksumAlgorithm } from '../../util/checksum.ts'
import type { CopyChoice, ObjectInfo, StoredChecksum, WriteCondition } from '../objects.ts'
import type { Embedded } from './embedded.ts'
import type { StoredObject } from './object-rows.ts'
import { readBlob } from './read-blob.ts'
import { requireCondition } from './write-condition.ts'

interface Address {
  readonly bucket: string
  readonly key: string
}

interface Copied {
  readonly info: ObjectInfo
  /** Of the version that the copy replaces. */
  readonly replaced: string | undefined
}

/**
 * A row more for the same blob: no byte is copied, whatever the size. The source is looked at, chosen for and copied in one commit; only a
 * checksum that it has not makes its bytes be read first.
 * @throws ObjectStoreError NoSuchBucket, NoSuchKey, PreconditionFailed; what `choose` throws
 */
export async function copyObject(
  embedded: Embedded,
  source: Address,
  target: Address & { readonly condition?: WriteCondition },
  choose: (info: ObjectInfo) => CopyChoice,
): Promise<ObjectInfo> {
  const { index, pins } = embedded
  const { account: owner } = index.buckets.require(source.bucket)
  const { account } = index.buckets.require(target.bucket)
  for (let computed: Computed | undefined; ;) {
    const known = computed
    const done: Copied | Missing = await index.write(() => {
      index.buckets.require(source.bucket, owner)
      index.buckets.require(target.bucket, account)
      const from = index.objects.require(source.bucket, source.key)
      const choice = choose(from.info)
      const checksum = checksumOfCopy(from, choice.checksumAlgorithm, known)
      if (checksum && 'missing' in checksum) return checksum
      requireCondition(target.condition, index.objects.find(target.bucket, target.key)?.info)
      return insertCopy(embedded, from, { target, choice, checksum })
    })
    if ('info' in done) {
      if (done.replaced !== undefined) pins.discard(target.bucket, target.key, done.replaced)
      return done.info
    }
    computed = await computeChecksum(embedded, source, done.missing)
  }
}

/** A checksum that must be computed before the copy can be made. */
interface Missing {
  readonly missing: ChecksumAlgorithm
}

/** The checksum of what an object held when it was read; the ETag says what that was. */
interface Computed {
  readonly etag: string
  readonly checksum: StoredChecksum
}

function checksumOfCopy(
  { info }: StoredObject,
  algorithm: ChecksumAlgorithm | undefined,
  computed: Computed | undefined,
): StoredChecksum | Missing | undefined {
  const { checksum } = info
  if (algorithm === undefined) return checksum
  if (checksum?.algorithm === algorithm && checksum.type === 'FULL_OBJECT') return checksum
  const isOfThis = computed?.etag === info.etag && computed.checksum.algorithm === algorithm
  return isOfThis ? computed.checksum : { missing: algorithm }
}

function insertCopy(
  { index, clock }: Embedded,
  from: StoredObject,
  parts: { readonly target: Address; readonly choice: CopyChoice; readonly checksum: StoredChecksum | undefined },
): Copied {
  const { target, choice, checksum } = parts
  const info: ObjectInfo = {
    bucket: target.bucket,
    key: target.key,
    size: from.info.size,
    etag: from.info.etag,
    lastModified: clock.now(),
    metadata: choice.metadata,
    ...(choice.tags.length > 0 ? { tags: choice.tags } : {}),
    ...(checksum ? { checksum } : {}),
  }
  const before = index.objects.put({ info, blob: from.blob })
  return { info, replaced: before === from.blob ? undefined : before }
}

async function computeChecksum(embedded: Embedded, source: Address, algorithm: ChecksumAlgorithm): Promise<Computed> {
  const { info, body } = await readBlob(embedded, source, undefined)
  const sum = createChecksum(algorithm)
  for await (const chunk of body) sum.update(chunk as Buffer)
  const checksum: StoredChecksum = { algorithm, value: sum.digest().toString('base64'), type: 'FULL_OBJECT' }
  return { etag: info.etag, checksum }
}
