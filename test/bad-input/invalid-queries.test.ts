import assert from 'node:assert/strict'
import { test } from 'node:test'
import { iamService } from '../../src/operations/iam/service.ts'
import { mutated, seededRandom } from '../fuzz/mutate.ts'
import type { Shape } from '../protocol/shape-arbitrary.ts'
import { ShapeBreaks } from '../protocol/shape-breaks.ts'
import { startHeldServer } from './held-server.ts'
import { fitsForm, queryForm } from './query-form.ts'
import { recordOf } from './record-of.ts'

const ROUNDS = 20
const MUTATIONS = 2000
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const CODES = { validation: 'ValidationError', serialization: 'MalformedInput' } as const

test('an invalid Query request of IAM gets the right 4xx, names its member and changes nothing', async (t) => {
  const { calls, data } = await startHeldServer(t)
  const service = iamService()
  assert.ok(service.protocol === 'query')
  const before = recordOf(data)
  const samples = new Map<Shape, readonly unknown[]>()
  let asked = 0
  for (const [action, { input }] of Object.entries(service.operations)) {
    const shape = input as Shape
    const broken = Array.from({ length: ROUNDS }, (_, round) =>
      new ShapeBreaks(round, samples, 'text').of(shape),
    ).flat()
    await calls.all(
      broken.filter(({ value }) => fitsForm(value)),
      async ({ path, kind, value }) => {
        const body = queryForm(action, service.version, value, shape)
        const answer = await calls.send({ service: 'iam', headers: FORM, body })
        asked++
        assert.equal(answer.status, 400, answer.body)
        assert.equal(codeOf(answer.body), CODES[kind], answer.body)
        const text = answer.body.replaceAll('&apos;', "'")
        assert.ok(text.includes(kind === 'validation' ? `at '${path}'` : `${path} must be `), answer.body)
      },
    )
  }
  assert.ok(asked > 100, `only ${asked} were asked`)
  assert.deepEqual(recordOf(data), before)
})

test('a Query request whose members are twice, in two forms, too deep or unreadable is refused with a 4xx', async (t) => {
  const { calls } = await startHeldServer(t)
  const start = 'Action=GetRole&Version=2010-05-08'
  for (const [rest, code] of [
    ['RoleName=a&RoleName=b', 'MalformedQueryString'],
    ['RoleName=a&RoleName.member.1=b', 'MalformedQueryString'],
    [`RoleName${'.a'.repeat(40)}=b`, 'MalformedQueryString'],
    ['RoleName=%ff', 'MalformedQueryString'],
    ['RoleName.member.1=a', 'MalformedInput'],
    ['RoleName.entry.1.key=a', 'MalformedQueryString'],
  ] as const) {
    const { status, body } = await calls.send({ service: 'iam', headers: FORM, body: `${start}&${rest}` })
    assert.ok(status >= 400 && status < 500, `${rest}: ${status}`)
    assert.equal(codeOf(body), code, rest)
  }
})

// GetCallerIdentity has no members: what can be wrong with a request of STS is its form.
for (const [service, version, action] of [
  ['sts', '2011-06-15', 'GetCallerIdentity'],
  ['iam', '2010-05-08', 'GetRole'],
  ['monitoring', '2010-08-01', 'ListMetrics'],
] as const) {
  test(`a form that is not one of a call of ${service} gets the right 4xx`, async (t) => {
    const { calls } = await startHeldServer(t)
    const call = `Action=${action}&Version=${version}`
    for (const [body, status, code] of [
      [`Version=${version}`, 400, 'MissingAction'],
      [`Action=&Version=${version}`, 400, 'MissingAction'],
      [`Action=${action}`, 400, 'InvalidAction'],
      [`Action=${action}&Version=1999-01-01`, 400, 'InvalidAction'],
      [`Action=AssumeRole&Version=${version}`, 400, 'InvalidAction'],
      [`Action=toString&Version=${version}`, 400, 'InvalidAction'],
      [`${call}&A=1&A=2`, 404, 'MalformedQueryString'],
      [`${call}&A=1&A.B=2`, 404, 'MalformedQueryString'],
      [`${call}&A${'.b'.repeat(20)}=1`, 404, 'MalformedQueryString'],
      [`${call}&A=%ff`, 404, 'MalformedQueryString'],
      [`${call}${'&a=1'.repeat(10_001)}`, 404, 'MalformedQueryString'],
    ] as const) {
      const answer = await calls.send({ service, headers: FORM, body })
      assert.deepEqual([answer.status, codeOf(answer.body)], [status, code], body.slice(0, 100))
    }
  })
}

test('forms of STS with something wrong anywhere are answered or refused with a 4xx, and change nothing', async (t) => {
  const { calls, data } = await startHeldServer(t)
  const before = recordOf(data)
  const seeds = [
    'Action=GetCallerIdentity&Version=2011-06-15',
    'Action=GetCallerIdentity&Version=2011-06-15&A.member.1=b',
  ]
  const tokens = ['&', '=', '.', '%', '%00', '%ff', '.member.', '.entry.', 'key', 'value', 'Action=', 'Version=']
  const random = seededRandom(20_261_123)
  const bodies = Array.from({ length: MUTATIONS }, () => mutated({ seeds: seeds.map(Buffer.from), tokens }, random))
  let refused = 0
  await calls.all(bodies, async (body) => {
    const answer = await calls.send({ service: 'sts', headers: FORM, body })
    if (answer.status === 200) return assert.match(answer.body, /^<GetCallerIdentityResponse /)
    refused++
    assert.ok(
      answer.status >= 400 && answer.status < 500,
      `${answer.status} ${answer.body} to ${body.toString('latin1')}`,
    )
    assert.match(codeOf(answer.body), /^(?:MissingAction|InvalidAction|MalformedQueryString)$/)
  })
  assert.ok(refused > MUTATIONS / 10, `only ${refused} were refused`)
  assert.deepEqual(recordOf(data), before)
})

function codeOf(body: string): string {
  return /<Code>(\w+)<\/Code>/.exec(body)?.[1] ?? ''
}
