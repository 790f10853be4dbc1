import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { StoreUnderTest } from '../conformance/store/a-job.ts'

/** A real database in a folder of its own, gone with it. */
export async function temporaryStore(): Promise<StoreUnderTest & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-store-'))
  const path = join(folder, 'store.db')
  let store = await openSqliteStore({ path })
  return {
    path,
    get store() {
      return store
    },
    async reopen() {
      await store.close()
      store = await openSqliteStore({ path })
      return store
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
}
