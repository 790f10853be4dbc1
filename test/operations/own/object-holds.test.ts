import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualClock } from '../../../src/clock/virtual-clock.ts'
import { ObjectHolds } from '../../../src/operations/own/object-holds.ts'
import { AwsError } from '../../../src/protocol/errors.ts'
import { systemIds } from '../../../src/util/ids.ts'
import { blobFiles } from '../../objects/embedded/files.ts'
import { bodyOf } from '../../objects/bodies.ts'
import { BUCKET, testStore, type TestStore } from '../../objects/test-store.ts'
import { testCall } from '../test-call.ts'

const CALL = testCall()

function holdsOn({ store }: TestStore, clock = new VirtualClock(0)) {
  return new ObjectHolds({ objects: store.local, clock, ids: systemIds(), identity: CALL.principal })
}

async function take(holds: ObjectHolds): Promise<{ readonly parameters: { readonly id: string } }> {
  const { body } = await holds.take({}, CALL)
  return { parameters: { id: (body as { readonly id: string }).id } }
}

async function putAndDelete({ store }: TestStore): Promise<void> {
  await store.put(BUCKET, 'key', bodyOf('text'), { metadata: {} })
  await store.delete(BUCKET, 'key')
}

test('While objects are held the file of a deleted one stays, and goes when all have let go', async () => {
  await using objects = await testStore()
  const holds = holdsOn(objects)
  const one = await take(holds)
  const other = await take(holds)
  await putAndDelete(objects)
  await holds.release(one, CALL)
  assert.equal((await blobFiles(objects.folder)).length, 1)
  await holds.release(other, CALL)
  await objects.reopen()
  assert.deepEqual(await blobFiles(objects.folder), [])
})

test('A hold that nobody renews runs out; one that is renewed lasts', async () => {
  await using objects = await testStore()
  const clock = new VirtualClock(0)
  const holds = holdsOn(objects, clock)
  const forgotten = await take(holds)
  const renewed = await take(holds)
  await clock.advance(40_000)
  await holds.renew(renewed, CALL)
  await clock.advance(40_000)
  const isGone = (error: unknown) => error instanceof AwsError && error.status === 404
  await assert.rejects(holds.renew(forgotten, CALL), isGone)
  await holds.renew(renewed, CALL)
  await clock.advance(60_000)
  await assert.rejects(holds.release(renewed, CALL), isGone)
})

test('Only who owns the server may hold its objects', async () => {
  await using objects = await testStore()
  const holds = holdsOn(objects)
  for (const change of [{ kind: 'read-only' }, { account: '999999999999' }] as const) {
    const call = { ...CALL, principal: { ...CALL.principal, ...change } }
    await assert.rejects(holds.take({}, call), /is not authorized to perform: trainyard:HoldObjects/)
  }
})
