import { accountOfDefaultBucket } from '../../identity/identity.ts'
import { ObjectStoreError } from '../../objects/objects.ts'
import { decodeS3Xml } from '../../protocol/rest-xml.ts'
import { childText } from '../../protocol/xml.ts'
import { isInScope } from './bucket-access.ts'
import { readSmallBody } from './read-small-body.ts'
import type { ServiceOperation } from './s3-context.ts'
import { s3Error } from './s3-errors.ts'

const LARGEST_BODY = 64 * 1024
/** The region where S3 began: no LocationConstraint names it, and there a repeated creation is no error. */
export const FIRST_REGION = 'us-east-1'
const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/

const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const IP_ADDRESS = /^\d{1,3}(\.\d{1,3}){3}$/
/** S3 keeps these for names that it gives itself. */
const RESERVED = [/^xn--/, /^sthree-/, /^amzn-s3-demo-/, /-s3alias$/, /--ol-s3$/, /\.mrap$/, /--x-s3$/, /--table-s3$/]

/**
 * CreateBucket. The bucket's region is that of its LocationConstraint, else us-east-1, as on AWS. A name that will be some account's default bucket is as good as
 * taken by it: nobody else gets it but who owns the server, whose code may name accounts of AWS's.
 */
export const createBucket: ServiceOperation = async ({ objects, serverAccount }, request) => {
  const { bucket: name = '', call } = request
  const { principal } = call
  if (principal.kind === 'job' || !isInScope(principal, name)) throw s3Error('AccessDenied')
  if (!isBucketName(name)) throw s3Error('InvalidBucketName', { BucketName: name })
  const reservedFor = accountOfDefaultBucket(name)
  if (reservedFor !== undefined && ![reservedFor, serverAccount].includes(principal.account))
    throw s3Error('BucketAlreadyExists', { BucketName: name })
  const region = bucketRegion(await readSmallBody(request.body, LARGEST_BODY), call.region)
  try {
    await objects.createBucket({ name, account: principal.account, region })
  } catch (error) {
    if (!isRepeatInFirstRegion(error, call.region)) throw error
  }
  return { status: 200, headers: { location: `/${name}` } }
}

function isBucketName(name: string): boolean {
  const isWellFormed = BUCKET_NAME.test(name) && !name.includes('..') && !IP_ADDRESS.test(name)
  return isWellFormed && !RESERVED.some((reserved) => reserved.test(name))
}

/** @throws AwsError IllegalLocationConstraintException where constraint and endpoint do not go together */
function bucketRegion(body: Buffer, region: string): string {
  const constraint = locationConstraint(body)
  if (constraint === undefined) {
    if (region === FIRST_REGION) return FIRST_REGION
    throw s3Error('IllegalLocationConstraintException')
  }
  if (!REGION.test(constraint) || constraint === FIRST_REGION) {
    throw s3Error('InvalidLocationConstraint', { LocationConstraint: constraint })
  }
  if (region === FIRST_REGION || region === constraint) return constraint
  const message = `The ${constraint} location constraint is incompatible for the region specific endpoint this request was sent to.`
  throw s3Error('IllegalLocationConstraintException', {}, message)
}

/** @returns undefined where the body names none */
function locationConstraint(body: Buffer): string | undefined {
  if (body.length === 0) return undefined
  const constraint = childText(decodeS3Xml(body, 'CreateBucketConfiguration'), 'LocationConstraint')?.trim()
  if (constraint === 'EU') return 'eu-west-1'
  return constraint === '' ? undefined : constraint
}

function isRepeatInFirstRegion(error: unknown, region: string): boolean {
  return region === FIRST_REGION && error instanceof ObjectStoreError && error.code === 'BucketAlreadyOwnedByYou'
}
