import assert from 'node:assert/strict'
import { before, after, test } from 'node:test'
import { pino } from 'pino'
import { Type } from 'typebox'
import { createHttpFront, type HttpFront } from '../../src/http/http-front.ts'
import { iamService } from '../../src/operations/iam/service.ts'
import { operation } from '../../src/operations/operation.ts'
import { stsService } from '../../src/operations/sts/service.ts'
import { formatAmzDate } from '../../src/protocol/amz-date.ts'
import { presignQuery } from '../../src/protocol/sigv4-sign.ts'
import { systemIds } from '../../src/util/ids.ts'
import { credentials, ENDED, JOB, OWNER, READER } from './front-fixture.ts'
import { RawClient, type RawResponse } from './raw-client.ts'
import { sha256, signAs, type ClientForm, type Tampering } from './sign-as.ts'

/** Wire time of these tests: the server's clock and the clients'. */
const NOW = Date.UTC(2026, 10, 23, 7, 40, 44)
const MINUTE = 60_000

const FAMILIES = ['json', 'query', 's3'] as const
type Family = (typeof FAMILIES)[number]
type Expected = Readonly<Record<Family, readonly [status: number, code: string]>>

const done = operation({ access: 'read', input: Type.Object({}), handle: async () => ({}) })
/** No prefix of a name says what a call does. */
const writes = { ...done, access: 'write' } as const

let front: HttpFront
let port = 0

before(async () => {
  front = createHttpFront({
    services: [
      stsService(),
      iamService(),
      {
        name: 'sagemaker',
        protocol: 'json',
        targetPrefix: 'SageMaker',
        jsonVersion: '1.1',
        errorMember: 'message',
        operations: { CreateThing: writes, DescribeThing: done, GetAndForgetThing: writes, ThingsAtHand: done },
      },
    ],
    s3: async () => ({ status: 200, headers: {} }),
    own: {},
    credentials,
    wireClock: { now: () => NOW },
    ids: systemIds(),
    log: pino({ level: 'silent' }),
    allowedHosts: ['127.0.0.1'],
    region: 'eu-west-1',
  })
  port = (await front.listen({ host: '127.0.0.1', port: 0 })).port
})

after(() => front.close())

/** The table "Codes for a bad signature" of wire-protocols 6, row by row. */
const rows: readonly {
  readonly when: string
  readonly expected: Expected
  readonly form?: Partial<ClientForm>
  readonly tampering?: Tampering
  /** The session token that is sent, signed. */
  readonly token?: string
  readonly message?: Partial<Record<Family, RegExp>>
  readonly change?: (headers: Record<string, string>) => void
}[] = [
  {
    when: 'the key is unknown',
    form: { credentials: { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' } },
    expected: {
      json: [400, 'UnrecognizedClientException'],
      query: [403, 'InvalidClientTokenId'],
      s3: [403, 'InvalidAccessKeyId'],
    },
  },
  {
    when: 'the secret is wrong',
    form: { credentials: { ...OWNER, secretAccessKey: 'wrong' } },
    expected: mismatch(),
  },
  { when: 'the signature is of another length', tampering: { signature: 'abc' }, expected: mismatch() },
  { when: 'the signature is not hex', tampering: { signature: 'z'.repeat(64) }, expected: mismatch() },
  {
    when: 'a signed header was changed on the way',
    change: (headers) => (headers['X-Amz-Date'] = formatAmzDate(NOW + 1000)),
    expected: mismatch(),
  },
  {
    when: 'the client is more than 15 minutes late',
    form: { now: NOW - 15 * MINUTE - 1000 },
    expected: clock(),
    message: {
      json: /^Signature expired: 20261123T072543Z is now earlier than 20261123T072544Z \(20261123T074044Z - 15 min\.\)$/,
      query: /^Signature expired: /,
    },
  },
  {
    when: 'the client is more than 15 minutes early',
    form: { now: NOW + 15 * MINUTE + 1000 },
    expected: clock(),
    message: {
      json: /^Signature not yet current: 20261123T075545Z is still later than 20261123T075544Z \(20261123T074044Z \+ 15 min\.\)$/,
      query: /^Signature not yet current: /,
    },
  },
  {
    when: 'nothing is signed',
    change: (headers) => delete headers['Authorization'],
    expected: {
      json: [400, 'MissingAuthenticationTokenException'],
      query: [403, 'MissingAuthenticationToken'],
      s3: [403, 'AccessDenied'],
    },
  },
  {
    when: 'a part of the header is missing',
    change: (headers) => (headers['Authorization'] = (headers['Authorization'] ?? '').replace(/, Signature=.*/, '')),
    expected: malformed(),
    message: { json: /^Authorization header requires 'Signature' parameter\. Authorization=/ },
  },
  {
    when: 'the credential has too few parts',
    tampering: { scope: '20261123/us-east-1' },
    expected: malformed(),
  },
  {
    when: 'the scope names another service',
    tampering: { scope: '20261123/us-east-1/ec2/aws4_request' },
    expected: scope(),
    message: { json: /^Credential should be scoped to correct service: 'sagemaker'\.$/ },
  },
  {
    when: 'the scope names no region',
    form: { region: 'nowhere' },
    expected: scope(),
    message: { json: /^Credential should be scoped to a valid region\.$/, s3: /expecting 'eu-west-1'$/ },
  },
  {
    when: 'the scope is of another day',
    tampering: { scope: '20261122/us-east-1/SERVICE/aws4_request' },
    expected: scope(),
    message: {
      json: /^Date in Credential scope does not match YYYYMMDD .*: '20261122' != '20261123', from '20261123T074044Z'\.$/,
    },
  },
  {
    when: 'the session has ended',
    form: { credentials: ENDED },
    token: 'old',
    expected: {
      json: [400, 'ExpiredTokenException'],
      query: [403, 'ExpiredToken'],
      s3: [400, 'ExpiredToken'],
    },
  },
  {
    when: 'the session token is another',
    form: { credentials: JOB },
    token: 'other',
    expected: {
      json: [400, 'UnrecognizedClientException'],
      query: [403, 'InvalidClientTokenId'],
      s3: [400, 'InvalidToken'],
    },
  },
  {
    when: 'the session token is missing',
    form: { credentials: JOB },
    expected: {
      json: [400, 'UnrecognizedClientException'],
      query: [403, 'InvalidClientTokenId'],
      s3: [400, 'InvalidToken'],
    },
  },
]

for (const { when, expected, form, tampering, token, message, change } of rows)
  for (const family of FAMILIES) {
    // A scope of another service routes a Query or S3 request elsewhere: it cannot be wrong there.
    if (tampering?.scope?.includes('/ec2/') && family !== 'json') continue
    test(`${family}: ${when}`, async () => {
      const clientForm: ClientForm = { ...withToken(formOf(family), token), now: NOW, ...form }
      const scopeText = tampering?.scope?.replace('SERVICE', clientForm.service)
      const headers = signAs(clientForm, { ...tampering, ...(scopeText === undefined ? {} : { scope: scopeText }) })
      change?.(headers)
      const response = await send(family, headers)
      assert.deepEqual([response.status, codeIn(response)], expected[family])
      if (message?.[family]) assert.match(messageIn(response), message[family])
    })
  }

test('a clock that is 15 minutes off is still right', async () => {
  for (const now of [NOW - 15 * MINUTE, NOW + 15 * MINUTE]) {
    const response = await send('s3', signAs({ ...formOf('s3'), now }))
    assert.equal(response.status, 200)
  }
})

test('S3 says what the clocks read', async () => {
  const response = await send('s3', signAs({ ...formOf('s3'), now: NOW - 60 * MINUTE }))
  assert.match(
    response.body,
    /<RequestTime>20261123T064044Z<.*<ServerTime>2026-11-23T07:40:44.000Z<.*<MaxAllowedSkewMilliseconds>900000</,
  )
})

test('S3 names its region to a client with a malformed one, in body and header', async () => {
  const response = await send('s3', signAs({ ...formOf('s3'), now: NOW, region: 'nowhere' }))
  assert.match(response.body, /<Region>eu-west-1<\/Region>/)
  assert.equal(response.headers['x-amz-bucket-region'], 'eu-west-1')
})

test('S3 requires every x-amz header to be signed', async () => {
  const headers = signAs({ ...formOf('s3'), now: NOW })
  const response = await send('s3', { ...headers, 'x-amz-copy-source': '/b/k' })
  assert.deepEqual([response.status, codeIn(response)], [403, 'AccessDenied'])
  assert.match(response.body, /<HeadersNotSigned>x-amz-copy-source<\/HeadersNotSigned>/)
})

test('JSON requires the target to be signed', async () => {
  const form = formOf('json')
  const response = await send('json', signAs({ ...form, now: NOW, signedHeaders: 'content-type;host;x-amz-date' }))
  assert.deepEqual([response.status, codeIn(response)], [400, 'InvalidSignatureException'])
})

test('the host must be signed', async () => {
  for (const [family, code] of [
    ['json', 'InvalidSignatureException'],
    ['s3', 'AccessDenied'],
  ] as const) {
    const form = formOf(family)
    const signedHeaders = form.signedHeaders.replace('host;', '')
    assert.equal(codeIn(await send(family, signAs({ ...form, now: NOW, signedHeaders }))), code)
  }
})

test('JSON refuses a payload hash that is not that of the body, whatever stands in its place', async () => {
  for (const payload of [sha256('other'), 'UNSIGNED-PAYLOAD']) {
    const form = formOf('json')
    const headers = signAs({
      ...form,
      now: NOW,
      payload,
      headers: [...form.headers, ['x-amz-content-sha256', payload]],
      signedHeaders: 'content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target',
    })
    assert.equal(codeIn(await send('json', headers)), 'InvalidSignatureException')
  }
})

test('S3 requires the payload hash, and a word that it knows', async () => {
  const form = formOf('s3')
  const without = { ...form, headers: form.headers.filter(([name]) => name !== 'x-amz-content-sha256') }
  const response = await send('s3', signAs({ ...without, now: NOW, signedHeaders: 'host;x-amz-date' }))
  assert.deepEqual([response.status, codeIn(response)], [400, 'InvalidRequest'])
  const odd = form.headers.map(([name, value]) => [name, name === 'x-amz-content-sha256' ? 'NOTHING' : value] as const)
  assert.equal(
    codeIn(await send('s3', signAs({ ...form, headers: odd, now: NOW, payload: 'NOTHING' }))),
    'InvalidArgument',
  )
})

test('S3 refuses Signature Version 2 in a header by naming the one it takes', async () => {
  const response = await send('s3', {
    Host: host(),
    Authorization: 'AWS AKIAOWNER:c2ln',
    Date: new Date(NOW).toUTCString(),
  })
  assert.deepEqual([response.status, codeIn(response)], [400, 'InvalidRequest'])
  assert.match(response.body, /Please use AWS4-HMAC-SHA256\./)
})

test('an HTTP Date stands in for x-amz-date', async () => {
  const form: ClientForm = {
    ...formOf('s3'),
    headers: [
      ['Host', host()],
      ['Date', new Date(NOW).toUTCString()],
      ['x-amz-content-sha256', sha256('')],
      ['Authorization', 'AUTHORIZATION'],
    ],
    signedHeaders: 'date;host;x-amz-content-sha256',
    now: NOW,
  }
  assert.equal((await send('s3', signAs(form))).status, 200)
})

test('a presigned URL is good until date + expires, and then says so', async () => {
  const at = (age: number) => presigned({ now: NOW - age, expires: 60 })
  assert.equal((await get(at(60_000))).status, 200)
  const expired = await get(at(61_000))
  assert.deepEqual([expired.status, codeIn(expired), messageIn(expired)], [403, 'AccessDenied', 'Request has expired'])
  assert.match(
    expired.body,
    /<X-Amz-Expires>60<.*<Expires>2026-11-23T07:40:43.000Z<.*<ServerTime>2026-11-23T07:40:44.000Z</,
  )
  const sts = await get(
    presigned({ now: NOW - 61_000, expires: 60, service: 'sts', query: 'Action=GetCallerIdentity&Version=2011-06-15' }),
    '/',
  )
  assert.deepEqual([sts.status, codeIn(sts)], [403, 'SignatureDoesNotMatch'])
})

test('a presigned URL from the future is not valid yet', async () => {
  const response = await get(presigned({ now: NOW + 16 * MINUTE, expires: 60 }))
  assert.deepEqual([response.status, messageIn(response)], [403, 'Request is not valid yet'])
})

for (const [what, change] of [
  ['lives longer than a week', (query: string) => query.replace('Expires=60', 'Expires=604801')],
  ['lives no time at all', (query: string) => query.replace('Expires=60', 'Expires=0')],
  ['lives a time that is no number', (query: string) => query.replace('Expires=60', 'Expires=1e3')],
  ['has no date', (query: string) => query.replace(/&X-Amz-Date=\w+/, '')],
  ['has a date of another form', (query: string) => query.replace(/X-Amz-Date=\w+/, 'X-Amz-Date=2026-11-23')],
  ['has another algorithm', (query: string) => query.replace('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256')],
] as const)
  test(`a presigned URL that ${what} is malformed`, async () => {
    const response = await get(change(presigned({ now: NOW, expires: 60 })))
    assert.deepEqual([response.status, codeIn(response)], [400, 'AuthorizationQueryParametersError'])
  })

test('a presigned URL of which a parameter was changed does not match', async () => {
  const response = await get(presigned({ now: NOW, expires: 60 }).replace('Expires=60', 'Expires=61'))
  assert.deepEqual([response.status, codeIn(response)], [403, 'SignatureDoesNotMatch'])
})

test('a request that is signed twice is refused', async () => {
  const headers = signAs({ ...formOf('s3'), now: NOW })
  const client = await RawClient.open(port)
  client.sendRequest(`GET /bkt/k?${presigned({ now: NOW, expires: 60 })}`, headers)
  const response = await client.response()
  client.close()
  assert.deepEqual([response.status, codeIn(response)], [400, 'InvalidArgument'])
})

test("a job's session may use S3 and nothing else", async () => {
  const outcomes = FAMILIES.map(async (family) => {
    const form = withToken(formOf(family), JOB.sessionToken)
    const response = await send(family, signAs({ ...form, now: NOW, credentials: JOB }))
    return [response.status, codeIn(response)]
  })
  assert.deepEqual(await Promise.all(outcomes), [
    [400, 'AccessDeniedException'],
    [403, 'AccessDenied'],
    [200, undefined],
  ])
})

test('a read-only key may call what is declared to read, whatever its name, and nothing that writes', async () => {
  const attempt = async (target: string) => {
    const form = formOf('json')
    const headers = form.headers.map(([name, value]) => [name, name === 'X-Amz-Target' ? target : value] as const)
    const response = await send('json', signAs({ ...form, headers, now: NOW, credentials: READER }))
    return [response.status, codeIn(response)]
  }
  assert.deepEqual(await attempt('SageMaker.DescribeThing'), [200, undefined])
  assert.deepEqual(await attempt('SageMaker.ThingsAtHand'), [200, undefined])
  assert.deepEqual(await attempt('SageMaker.CreateThing'), [400, 'AccessDeniedException'])
  assert.deepEqual(await attempt('SageMaker.GetAndForgetThing'), [400, 'AccessDeniedException'])
  assert.deepEqual(await attempt('SageMaker.CreateNothing'), [400, 'UnknownOperationException'])
})

test('a read-only key may read objects and not write them', async () => {
  const form = { ...formOf('s3'), now: NOW, credentials: READER }
  assert.equal((await send('s3', signAs(form))).status, 200)
  const client = await RawClient.open(port)
  client.sendRequest('DELETE /bkt/k', signAs({ ...form, method: 'DELETE' }))
  const response = await client.response()
  client.close()
  assert.deepEqual([response.status, codeIn(response)], [403, 'AccessDenied'])
})

function mismatch(): Expected {
  return {
    json: [400, 'InvalidSignatureException'],
    query: [403, 'SignatureDoesNotMatch'],
    s3: [403, 'SignatureDoesNotMatch'],
  }
}

function clock(): Expected {
  return {
    json: [400, 'InvalidSignatureException'],
    query: [403, 'SignatureDoesNotMatch'],
    s3: [403, 'RequestTimeTooSkewed'],
  }
}

function malformed(): Expected {
  return {
    json: [400, 'IncompleteSignatureException'],
    query: [400, 'IncompleteSignature'],
    s3: [400, 'AuthorizationHeaderMalformed'],
  }
}

function scope(): Expected {
  return {
    json: [400, 'InvalidSignatureException'],
    query: [403, 'SignatureDoesNotMatch'],
    s3: [400, 'AuthorizationHeaderMalformed'],
  }
}

const BODIES: Readonly<Record<Family, string>> = {
  json: '{}',
  query: 'Action=GetCallerIdentity&Version=2011-06-15',
  s3: '',
}

function host(): string {
  return `127.0.0.1:${port}`
}

function formOf(family: Family): ClientForm {
  const payload = sha256(BODIES[family])
  const common = [
    ['Host', host()],
    ['X-Amz-Date', 'DATE'],
    ['Authorization', 'AUTHORIZATION'],
  ] as const
  switch (family) {
    case 'json':
      return {
        method: 'POST',
        path: '/',
        headers: [
          ...common,
          ['X-Amz-Target', 'SageMaker.DescribeThing'],
          ['Content-Type', 'application/x-amz-json-1.1'],
        ],
        signedHeaders: 'content-type;host;x-amz-date;x-amz-target',
        service: 'sagemaker',
        payload,
      }
    case 'query':
      return {
        method: 'POST',
        path: '/',
        headers: [...common, ['Content-Type', 'application/x-www-form-urlencoded']],
        signedHeaders: 'content-type;host;x-amz-date',
        service: 'sts',
        payload,
      }
    case 's3':
      return {
        method: 'GET',
        path: '/bkt/k',
        headers: [...common, ['x-amz-content-sha256', payload]],
        signedHeaders: 'host;x-amz-content-sha256;x-amz-date',
        service: 's3',
        payload,
      }
    default:
      return family satisfies never
  }
}

function withToken(form: ClientForm, token: string | undefined): ClientForm {
  if (token === undefined) return form
  const signedHeaders = form.signedHeaders.replace('x-amz-date', 'x-amz-date;x-amz-security-token')
  return { ...form, headers: [...form.headers, ['X-Amz-Security-Token', token]], signedHeaders }
}

async function send(family: Family, headers: Readonly<Record<string, string>>): Promise<RawResponse> {
  const client = await RawClient.open(port)
  const body = BODIES[family]
  const line = family === 's3' ? 'GET /bkt/k' : 'POST /'
  client.sendRequest(line, family === 's3' ? headers : { ...headers, 'Content-Length': String(body.length) }, body)
  const response = await client.response()
  client.close()
  return response
}

function presigned(options: { now: number; expires: number; service?: string; query?: string }): string {
  const { now, expires, service = 's3', query = '' } = options
  const path = service === 's3' ? '/bkt/k' : '/'
  const request = { method: 'GET', path, query, headers: { host: host() } }
  return presignQuery(request, expires, { credentials: OWNER, service, region: 'us-east-1', now })
}

async function get(query: string, path = '/bkt/k'): Promise<RawResponse> {
  const client = await RawClient.open(port)
  client.sendRequest(`GET ${path}?${query}`, { Host: host() })
  const response = await client.response()
  client.close()
  return response
}

function codeIn({ body }: RawResponse): string | undefined {
  return /"__type":"(\w+)"|<Code>(\w+)</.exec(body)?.slice(1).find(Boolean)
}

function messageIn({ body }: RawResponse): string {
  if (body.startsWith('{')) return (JSON.parse(body) as { message: string }).message
  return (/<Message>(.*?)<\/Message>/.exec(body)?.[1] ?? '').replaceAll('&apos;', "'").replaceAll('&quot;', '"')
}
