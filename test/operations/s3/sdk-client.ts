import type { TestContext } from 'node:test'
import { S3Client } from '@aws-sdk/client-s3'
import { s3Service } from '../../../src/operations/s3/service.ts'
import { ACCOUNT, OWNER, startFront } from '../../http/front-fixture.ts'
import { testStore } from '../../objects/test-store.ts'

/** The newest JavaScript SDK against the real http front on a real store, by these keys and by those of the owner. */
export async function client(
  t: TestContext,
  credentials = OWNER,
): Promise<{ readonly s3: S3Client; readonly owner: S3Client; readonly host: string }> {
  const under = await testStore()
  t.after(() => under[Symbol.asyncDispose]())
  for (const name of ['bkt', 'not-its-own'])
    await under.store.createBucket({ name, account: ACCOUNT, region: 'us-east-1' })
  const { host } = await startFront(t, {
    s3: s3Service({ objects: under.store, clock: { now: Date.now }, serverAccount: ACCOUNT }),
  })
  const clientOf = (keys: typeof OWNER) => {
    const made = new S3Client({ endpoint: `http://${host}`, region: 'us-east-1', credentials: keys })
    t.after(() => made.destroy())
    return made
  }
  return { s3: clientOf(credentials), owner: clientOf(OWNER), host }
}
