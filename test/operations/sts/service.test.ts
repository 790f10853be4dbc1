import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { stsService } from '../../../src/operations/sts/service.ts'
import { testCall } from '../test-call.ts'

/** The public facts about STS, kept beside the repository where it is developed and tested. */
const FACTS = join(process.env['TRAINYARD_SHARED'] ?? join(import.meta.dirname, '../../../../shared'), 'api/sts.json')

interface Facts {
  readonly metadata: { readonly apiVersion: string; readonly xmlNamespace: string; readonly endpointPrefix: string }
  readonly operations: Readonly<
    Record<string, { readonly output: { readonly shape: string; readonly resultWrapper: string } }>
  >
  readonly shapes: Readonly<Record<string, { readonly members?: Readonly<Record<string, string>> }>>
}

test('GetCallerIdentity answers an assumed role, from which the SDKs derive the role of a job', async () => {
  const service = stsService()
  const identity = (await service.operations['GetCallerIdentity']?.handle({}, testCall())) as Record<string, string>
  assert.equal(identity['Account'], '111122223333')
  const arn = identity['Arn'] ?? ''
  // As get_execution_role() of the SageMaker SDKs does it.
  assert.equal(
    arn.replace(/^(.+)sts::(\d+):assumed-role\/(.+?)\/.*$/, '$1iam::$2:role/$3'),
    'arn:aws:iam::111122223333:role/trainyard',
  )
})

test('STS has the version, the namespace and the members of its model', { skip: skipReason() }, async () => {
  const facts = JSON.parse(readFileSync(FACTS, 'utf8')) as Facts
  const service = stsService()
  assert.equal(service.protocol, 'query')
  if (service.protocol !== 'query') return
  assert.equal(service.version, facts.metadata.apiVersion)
  assert.equal(service.xmlNamespace, facts.metadata.xmlNamespace)
  assert.equal(service.name, facts.metadata.endpointPrefix)
  for (const [name, operation] of Object.entries(service.operations)) {
    const output = facts.operations[name]?.output
    assert.equal(output?.resultWrapper, `${name}Result`)
    const members = Object.keys(facts.shapes[output?.shape ?? '']?.members ?? {})
    assert.deepEqual(Object.keys((await operation.handle({}, testCall())) ?? {}), members)
  }
})

function skipReason(): string | false {
  return existsSync(FACTS) ? false : `the facts about STS are not here (${FACTS}); set TRAINYARD_SHARED to their folder`
}
