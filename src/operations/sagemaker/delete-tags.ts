import { requestedResourceNotFound } from '../../protocol/errors.ts'
import { DeleteTagsInput } from '../../protocol/shapes/tags.ts'
import { operation, type Operation } from '../operation.ts'
import type { SageMakerContext } from './context.ts'
import { jobOfArn } from './tagged-job.ts'

/** DeleteTags (behaviour 6.9): keys that the job has not are passed over. */
export function deleteTags(context: SageMakerContext): Operation {
  return operation({
    access: 'write',
    input: DeleteTagsInput,
    async handle({ ResourceArn, TagKeys: keys }, call) {
      const { id } = await jobOfArn(context.store, ResourceArn, call)
      const journal = [{ kind: 'tags-deleted', time: context.clock.now(), data: { keys } }]
      if (!(await context.store.deleteTags({ jobId: id, keys, journal }))) throw requestedResourceNotFound()
      return {}
    },
  })
}
