import { defaultBucketOf } from '../../identity/identity.ts'
import type { ObjectStore } from '../../objects/objects.ts'

/**
 * Makes an account's default bucket, unless it is there.
 *
 * @returns its name, whoever has it: bucket names are global to the server
 */
export async function makeDefaultBucket(
  objects: Pick<ObjectStore, 'bucket' | 'createBucket'>,
  { account, region }: { readonly account: string; readonly region: string },
): Promise<string> {
  const name = defaultBucketOf(account, region)
  if (await objects.bucket(name)) return name
  try {
    await objects.createBucket({ name, account, region })
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (!(await objects.bucket(name))) throw error
  }
  return name
}
