import { BUCKET, testStore } from '../../objects/test-store.ts'
import { listConformance } from './list-conformance.ts'
import { objectStoreConformance, type StoreUnderTest } from './object-store-conformance.ts'
import { writeConformance } from './write-conformance.ts'

async function open(): Promise<StoreUnderTest> {
  const under = await testStore()
  return {
    bucket: BUCKET,
    get store() {
      return under.store
    },
    reopen: () => under.reopen(),
    [Symbol.asyncDispose]: () => under[Symbol.asyncDispose](),
  }
}

objectStoreConformance('the embedded store', open)
listConformance('the embedded store', open)
writeConformance('the embedded store', open)
