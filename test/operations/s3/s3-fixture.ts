import { Readable } from 'node:stream'
import type { Principal } from '../../../src/identity/principal.ts'
import type { S3Request, S3Response, S3Service } from '../../../src/operations/s3/s3-request.ts'
import { s3Service } from '../../../src/operations/s3/service.ts'
import { AwsError } from '../../../src/protocol/errors.ts'
import { bodyOf, read } from '../../objects/bodies.ts'
import { ACCOUNT, BUCKET, testStore, type TestStore } from '../../objects/test-store.ts'

export { ACCOUNT, BUCKET }

const OWNER: Principal = { account: ACCOUNT, accessKeyId: 'AKIA', kind: 'owner', scope: { kind: 'everything' } }

/** A job's session that may use these buckets. */
export function job(...buckets: string[]): Principal {
  return { ...OWNER, kind: 'job', scope: { kind: 'buckets', jobId: '0'.repeat(32), buckets } }
}

export const READER: Principal = { ...OWNER, kind: 'read-only' }
export const STRANGER: Principal = { ...OWNER, account: '999999999999' }

export interface Asked {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** What happens before the body comes. */
  readonly beforeBody?: () => Promise<void>
  readonly as?: Principal
  readonly region?: string
  readonly checksum?: NonNullable<S3Request['checksum']>
}

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

export interface S3UnderTest extends AsyncDisposable {
  readonly under: TestStore
  /** @param target `/bucket/key?query`, encoded as in a URL */
  ask(method: string, target: string, options?: Asked): Promise<Answered>
  /** The error a request is refused with. */
  refused(method: string, target: string, options?: Asked): Promise<AwsError>
}

/** The S3 service on a real embedded store, asked by values as the http room makes them. */
export async function s3UnderTest(): Promise<S3UnderTest> {
  const under = await testStore()
  const service: S3Service = (request) =>
    s3Service({ objects: under.store, clock: { now: Date.now }, serverAccount: ACCOUNT })(request)
  const ask = async (method: string, target: string, options: Asked = {}) =>
    answered(await service(requestOf(method, target, options)))
  return {
    under,
    ask,
    async refused(method, target, options) {
      try {
        const { status } = await ask(method, target, options)
        throw new Error(`${method} ${target} was answered with ${status}`)
      } catch (error) {
        if (error instanceof AwsError) return error
        throw error
      }
    },
    [Symbol.asyncDispose]: () => under[Symbol.asyncDispose](),
  }
}

function requestOf(method: string, target: string, options: Asked): S3Request {
  const { pathname, searchParams } = new URL(target, 'http://host')
  const [, bucket = '', ...rest] = decodeURIComponent(pathname).split('/')
  const key = rest.join('/')
  const body = options.body ?? ''
  return {
    method,
    ...(bucket === '' ? {} : { bucket }),
    ...(key === '' ? {} : { key }),
    query: new Map(searchParams),
    headers: { host: '127.0.0.1:8484', ...options.headers },
    body: late(bodyOf(...(body.length === 0 ? [] : [body])), options.beforeBody),
    contentLength: Buffer.byteLength(body),
    ...(options.checksum ? { checksum: options.checksum } : {}),
    call: {
      principal: options.as ?? OWNER,
      region: options.region ?? 'us-east-1',
      requestId: 'request',
      bodyHash: '',
      signal: new AbortController().signal,
    },
  }
}

async function* late(
  body: AsyncIterable<Uint8Array>,
  before: (() => Promise<void>) | undefined,
): AsyncGenerator<Uint8Array> {
  await before?.()
  yield* body
}

async function answered({ status, headers, body }: S3Response): Promise<Answered> {
  const text = body instanceof Readable ? (await read(body)).toString('latin1') : (body ?? '')
  return { status, headers, text }
}
