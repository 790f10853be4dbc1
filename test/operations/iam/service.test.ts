import assert from 'node:assert/strict'
import { test } from 'node:test'
import { iamService } from '../../../src/operations/iam/service.ts'
import { signed, startFront, type RunningFront } from '../../http/front-fixture.ts'
import { RawClient } from '../../http/raw-client.ts'

const SAGEMAKER_ROLE = 'arn:aws:iam::111122223333:role/any'

test('GetRole knows every role, and trusts SageMaker with it as SDK v3 wants to see it', async (t) => {
  const front = await startFront(t, { services: [iamService()] })
  const body = await call(front, 'Action=GetRole&Version=2010-05-08&RoleName=any')
  assert.match(body, /<GetRoleResult><Role><Path>\/<\/Path><RoleName>any<\/RoleName>/)
  assert.match(body, new RegExp(`<Arn>${SAGEMAKER_ROLE}</Arn>`))
  assert.match(body, /<RoleId>AROA[0-9A-F]{17}<\/RoleId>/)
  const policy = /<AssumeRolePolicyDocument>(.*)<\/AssumeRolePolicyDocument>/.exec(body)?.[1] ?? ''
  const { Statement } = JSON.parse(decodeURIComponent(policy)) as { Statement: unknown[] }
  assert.deepEqual(Statement, [
    { Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ])
})

test('SimulatePrincipalPolicy allows each action on each resource', async (t) => {
  const front = await startFront(t, { services: [iamService()] })
  const query = `Action=SimulatePrincipalPolicy&Version=2010-05-08&PolicySourceArn=${SAGEMAKER_ROLE}`
  const actions = '&ActionNames.member.1=s3%3AGetObject&ActionNames.member.2=s3%3APutObject'
  const all = await call(front, query + actions)
  assert.deepEqual(decisions(all), [
    ['s3:GetObject', '*', 'allowed'],
    ['s3:PutObject', '*', 'allowed'],
  ])
  assert.match(all, /<EvaluationResults><member>.*<\/member><\/EvaluationResults><IsTruncated>false</)
  const one = await call(
    front,
    `${query}&ActionNames.member.1=s3%3APutObject&ResourceArns.member.1=arn%3Aaws%3As3%3A%3A%3Ab`,
  )
  assert.deepEqual(decisions(one), [['s3:PutObject', 'arn:aws:s3:::b', 'allowed']])
})

for (const [what, query, text] of [
  ['no role name', 'Action=GetRole', "Value null at 'roleName' failed to satisfy constraint: Member must not be null"],
  ['a role name that is none', 'Action=GetRole&RoleName=a%2Fb', 'Member must satisfy regular expression pattern'],
] as const)
  test(`answers ${what} with ValidationError`, async (t) => {
    const front = await startFront(t, { services: [iamService()] })
    const body = await call(front, `${query}&Version=2010-05-08`)
    assert.match(body, /<Code>ValidationError<\/Code>/)
    assert.ok(body.replaceAll('&apos;', "'").includes(text), body)
  })

async function call(front: RunningFront, body: string): Promise<string> {
  const headers = { host: front.host, 'content-type': 'application/x-www-form-urlencoded' }
  const client = await RawClient.open(front.port)
  const all = signed({ method: 'POST', path: '/', headers, body, service: 'iam' })
  client.sendRequest('POST /', { ...all, 'content-length': String(body.length) }, body)
  const response = await client.response()
  client.close()
  return response.body
}

function decisions(body: string): string[][] {
  const pattern =
    /<EvalActionName>(.*?)<\/EvalActionName><EvalResourceName>(.*?)<\/EvalResourceName><EvalDecision>(.*?)<\/EvalDecision>/g
  return [...body.matchAll(pattern)].map((match) => match.slice(1))
}
