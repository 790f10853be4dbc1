import { ListTagsInput } from '../../protocol/shapes/tags.ts'
import { operation, type Operation } from '../operation.ts'
import type { SageMakerContext } from './context.ts'
import { describedTags } from './described.ts'
import { badPageToken } from './page-token.ts'
import { jobOfArn } from './tagged-job.ts'

/** ListTags (behaviour 6.9). The smallest page holds as many tags as a job may have: the first is always the last, and no token is ever given out. */
export function listTags({ store }: SageMakerContext): Operation {
  return operation({
    access: 'read',
    input: ListTagsInput,
    async handle({ ResourceArn, NextToken }, call) {
      const { id } = await jobOfArn(store, ResourceArn, call)
      if (NextToken !== undefined) throw badPageToken()
      return { Tags: describedTags(await store.tags(id)) }
    },
  })
}
