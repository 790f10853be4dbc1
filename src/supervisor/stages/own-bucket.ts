import { ObjectStoreError, type ObjectStore } from '../../objects/objects.ts'
import type { JobRecord } from '../../store/store.ts'

/**
 * Asked again when a job reads or writes: since Create the bucket may have been deleted, and made anew by another account.
 * @throws ObjectStoreError NoSuchBucket: whether another account has one of that name is not for the job to know
 */
export async function requireOwnBucket(
  objects: Pick<ObjectStore, 'bucket'>,
  { account }: Pick<JobRecord, 'account'>,
  name: string,
): Promise<void> {
  const bucket = await objects.bucket(name)
  if (bucket?.account !== account) throw new ObjectStoreError('NoSuchBucket', `There is no bucket ${name}.`)
}
