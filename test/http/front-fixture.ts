import type { TestContext } from 'node:test'
import { pino } from 'pino'
import type { Credential, CredentialSource, Principal } from '../../src/identity/principal.ts'
import { createHttpFront, type HttpFront, type HttpFrontOptions } from '../../src/http/http-front.ts'
import type { S3Request, S3Service } from '../../src/operations/s3/s3-request.ts'
import type { SignableRequest } from '../../src/protocol/signable-request.ts'
import { signRequest, type SigningCredentials } from '../../src/protocol/sigv4-sign.ts'
import { systemIds } from '../../src/util/ids.ts'
import { hash } from 'node:crypto'

export const ACCOUNT = '111122223333'
export const OWNER: SigningCredentials = { accessKeyId: 'AKIAOWNER', secretAccessKey: 'owner-secret' }
export const JOB: SigningCredentials = {
  accessKeyId: 'ASIAJOB',
  secretAccessKey: 'job-secret',
  sessionToken: 'job-token',
}
export const READER: SigningCredentials = { accessKeyId: 'AKIAREADER', secretAccessKey: 'reader-secret' }
/** A job that has ended: its session is known and no longer good. */
export const ENDED: SigningCredentials = {
  accessKeyId: 'ASIAENDED',
  secretAccessKey: 'ended-secret',
  sessionToken: 'old',
}

/** The keys above, in memory. */
export const credentials: CredentialSource = {
  async find(accessKeyId, sessionToken) {
    if (accessKeyId === ENDED.accessKeyId) return 'expired'
    const known = KNOWN.find((credential) => credential.accessKeyId === accessKeyId)
    return known && known.sessionToken !== sessionToken ? 'bad-token' : known
  },
}

const KNOWN: readonly Credential[] = [
  { ...OWNER, principal: principal('owner', OWNER) },
  { ...READER, principal: principal('read-only', READER) },
  {
    ...JOB,
    principal: {
      ...principal('job', JOB),
      scope: { kind: 'buckets', jobId: 'f'.repeat(32), buckets: ['bkt'] },
    },
  },
]

function principal(kind: Principal['kind'], { accessKeyId }: SigningCredentials): Principal {
  return { account: ACCOUNT, accessKeyId, kind, scope: { kind: 'everything' } }
}

export interface LogLine {
  readonly level: number
  readonly msg: string
  readonly requestId?: string
  readonly err?: { readonly message: string }
}

export interface RunningFront {
  readonly port: number
  readonly host: string
  /** What was logged from level `warn`. */
  readonly logged: readonly LogLine[]
  accept: HttpFront['accept']
  close(): Promise<void>
}

/** A front on a free port of loopback, closed when the test ends. */
export async function startFront(t: TestContext, options: Partial<HttpFrontOptions> = {}): Promise<RunningFront> {
  const logged: LogLine[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => logged.push(JSON.parse(line) as LogLine) })
  const front = createHttpFront({
    services: [],
    s3: async () => ({ status: 200, headers: {} }),
    own: {},
    credentials,
    wireClock: { now: () => Date.now() },
    ids: systemIds(),
    log,
    allowedHosts: ['127.0.0.1', 'localhost'],
    ...options,
    limits: { closeMilliseconds: 1000, ...options.limits },
  })
  const { port } = await front.listen({ host: '127.0.0.1', port: 0 })
  t.after(() => front.close())
  return {
    port,
    host: `127.0.0.1:${port}`,
    logged,
    accept: (socket) => front.accept(socket),
    close: () => front.close(),
  }
}

/** An S3 service that reads the whole body and remembers what it was asked. */
export function recordingS3(): {
  readonly service: S3Service
  readonly requests: (S3Request & { readonly content: Buffer })[]
} {
  const requests: (S3Request & { readonly content: Buffer })[] = []
  const service: S3Service = async (request) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request.body) chunks.push(chunk)
    requests.push({ ...request, content: Buffer.concat(chunks) })
    return { status: 200, headers: { etag: '"e"' } }
  }
  return { service, requests }
}

export interface SignedRequest {
  readonly method: string
  readonly path: string
  readonly query?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  readonly service: string
  readonly credentials?: SigningCredentials
  readonly region?: string
  readonly now?: number
  /** In place of the body's hash. */
  readonly payload?: string
}

/** All headers of the request, signed. */
export function signed(request: SignedRequest): Record<string, string> {
  const { method, path, query = '', headers, body = '' } = request
  const signable: SignableRequest = { method, path, query, headers }
  return signRequest(signable, request.payload ?? hash('sha256', body, 'hex'), {
    credentials: request.credentials ?? OWNER,
    service: request.service,
    region: request.region ?? 'us-east-1',
    now: request.now ?? Date.now(),
  })
}
