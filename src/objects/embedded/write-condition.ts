import { ObjectStoreError, type ObjectInfo, type WriteCondition } from '../objects.ts'

/**
 * To be asked inside the write that it guards, so that of many writers one is the first.
 * @throws ObjectStoreError PreconditionFailed, NoSuchKey
 */
export function requireCondition(condition: WriteCondition | undefined, present: ObjectInfo | undefined): void {
  if (!condition) return
  if (condition.kind === 'absent') {
    if (present) throw new ObjectStoreError('PreconditionFailed', `There is an object ${present.key} already.`)
    return
  }
  if (!present) throw new ObjectStoreError('NoSuchKey', 'There is no object whose ETag could match.')
  if (condition.etags.some((etag) => etag === '*' || etag === present.etag)) return
  throw new ObjectStoreError('PreconditionFailed', `The object ${present.key} has the ETag ${present.etag}.`)
}
