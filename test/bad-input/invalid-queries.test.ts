import assert from 'node:assert/strict'
import { test } from 'node:test'
import { iamService } from '../../src/operations/iam/service.ts'
import type { Shape } from '../protocol/shape-arbitrary.ts'
import { ShapeBreaks } from '../protocol/shape-breaks.ts'
import { startHeldServer } from './held-server.ts'
import { queryForm } from './query-form.ts'
import { recordOf } from './record-of.ts'

const ROUNDS = 20
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

test('an invalid Query request of IAM gets ValidationError, names its member and changes nothing', async (t) => {
  const { calls, data } = await startHeldServer(t)
  const service = iamService()
  assert.ok(service.protocol === 'query')
  const before = recordOf(data)
  let asked = 0
  for (const [action, { input }] of Object.entries(service.operations)) {
    // In a form everything is text, so nothing is of another type.
    const broken = Array.from({ length: ROUNDS }, (_, round) => new ShapeBreaks(round).of(input as Shape)).flat()
    await calls.all(
      broken.filter(({ kind }) => kind === 'validation'),
      async ({ path, value }) => {
        const body = queryForm(action, service.version, value)
        const answer = await calls.send({ service: 'iam', headers: FORM, body })
        asked++
        assert.equal(answer.status, 400, answer.body)
        assert.match(answer.body, /<Code>ValidationError<\/Code>/)
        assert.ok(answer.body.includes(`at '${path}'`) || answer.body.includes(`at &apos;${path}&apos;`), answer.body)
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
    assert.equal(/<Code>(\w+)</.exec(body)?.[1], code, rest)
  }
})
