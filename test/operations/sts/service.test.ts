import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stsService } from '../../../src/operations/sts/service.ts'
import { modelOf, needsModelOf } from '../../support/service-model.ts'
import { testCall } from '../test-call.ts'

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

test('STS has the version, the namespace and the members of its model', needsModelOf('sts'), async () => {
  const facts = modelOf('sts')
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
