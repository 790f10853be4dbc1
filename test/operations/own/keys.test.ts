import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemDurableFiles } from '../../../src/durable/durable-files.ts'
import { AccessKeys } from '../../../src/identity/access-keys.ts'
import { loadIdentity } from '../../../src/identity/identity.ts'
import { createKey } from '../../../src/operations/own/keys.ts'
import { systemIds } from '../../../src/util/ids.ts'
import { testStore } from '../../objects/test-store.ts'
import { testCall } from '../test-call.ts'

test('the first keys of an account may be asked for at once: all are made, and one default bucket', async () => {
  await using objects = await testStore()
  const parts = { folder: objects.folder, region: 'us-east-1', durable: systemDurableFiles, ids: systemIds() }
  const identity = await loadIdentity(parts)
  const keys = await AccessKeys.load({ ...parts, identity })
  const create = createKey({ keys, identity, objects: objects.store, clock: { now: Date.now } })
  const call = { ...testCall(), principal: { ...testCall().principal, account: identity.account } }
  const body = { kind: 'owner', account: '222233334444' }
  const answers = await Promise.all([1, 2, 3].map(() => create({ body }, call)))
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 201, 201],
  )
  assert.equal(keys.list().length, 1 + 3)
  assert.equal((await objects.store.bucket('sagemaker-us-east-1-222233334444'))?.account, '222233334444')
})
