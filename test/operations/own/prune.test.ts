import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pruneRecord } from '../../../src/operations/own/prune.ts'
import { NOTHING_PRUNED, type PruneOrder } from '../../../src/retention/prune.ts'
import { testCall } from '../test-call.ts'

const CALL = testCall()

function route() {
  const orders: PruneOrder[] = []
  const prune = async (order: PruneOrder) => {
    orders.push(order)
    return { ...NOTHING_PRUNED, logStreams: 7 }
  }
  return { orders, handle: pruneRecord({ retention: { ages: { logs: 5 }, prune }, identity: CALL.principal }) }
}

test('It prunes by the configured ages, or by those of the request alone, and answers with them', async () => {
  const { handle, orders } = route()
  const { status, body } = await handle({ body: {} }, CALL)
  assert.deepEqual([status, body], [200, { dryRun: false, ages: { logs: 5 }, ...NOTHING_PRUNED, logStreams: 7 }])
  await handle({ body: { dryRun: true, ages: { jobs: 9 } } }, CALL)
  assert.deepEqual(orders, [
    { ages: { logs: 5 }, dryRun: false },
    { ages: { jobs: 9 }, dryRun: true },
  ])
})

test('What is no age is refused, and nothing is removed', async () => {
  const { handle, orders } = route()
  for (const body of [{ ages: { logs: -1 } }, { ages: { logs: '30d' } }, { ages: 5 }, { dryRun: 'yes' }])
    await assert.rejects(handle({ body }, CALL), { name: 'AwsError' }, JSON.stringify(body))
  assert.deepEqual(orders, [])
})

test('Only who owns the server may prune it', async () => {
  const { handle, orders } = route()
  for (const change of [{ kind: 'read-only' }, { account: '999999999999' }] as const) {
    const call = { ...CALL, principal: { ...CALL.principal, ...change } }
    await assert.rejects(handle({ body: {} }, call), /is not authorized to perform: trainyard:Prune/)
  }
  assert.deepEqual(orders, [])
})
