import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openEmbeddedObjects, type EmbeddedObjects } from '../../src/objects/embedded/embedded-objects.ts'
import { systemIds } from '../../src/util/ids.ts'

export const ACCOUNT = '111122223333'
export const BUCKET = 'sagemaker-us-east-1-111122223333'

export interface TestStore extends AsyncDisposable {
  readonly folder: string
  readonly store: EmbeddedObjects
  /** Closes the store and opens the same folder again. */
  reopen(): Promise<EmbeddedObjects>
}

/** An embedded store in a folder of its own, with one bucket; both are gone at the end. */
export async function testStore(): Promise<TestStore> {
  const root = await mkdtemp(path.join(tmpdir(), 'objects-'))
  const folder = path.join(root, 'objects')
  let store = await open(folder)
  await store.createBucket({ name: BUCKET, account: ACCOUNT, region: 'us-east-1' })
  return {
    folder,
    get store() {
      return store
    },
    async reopen() {
      await store.close()
      store = await open(folder)
      return store
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}

export function open(folder: string): Promise<EmbeddedObjects> {
  return openEmbeddedObjects({ folder, clock: { now: Date.now }, ids: systemIds() })
}
