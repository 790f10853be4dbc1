import { requestedResourceNotFound, validationException } from '../../protocol/errors.ts'
import { AddTagsInput } from '../../protocol/shapes/tags.ts'
import { operation, type Operation } from '../operation.ts'
import type { SageMakerContext } from './context.ts'
import { brokenTagRule } from './rules.ts'
import { jobOfArn } from './tagged-job.ts'
import { describedTags } from './described.ts'

/** Of one resource (behaviour 6.9). */
const MOST_TAGS = 50

/** AddTags (behaviour 6.9): a key that is there gets the new value. Answers with all tags of the job. */
export function addTags(context: SageMakerContext): Operation {
  return operation({
    access: 'write',
    input: AddTagsInput,
    async handle({ ResourceArn, Tags }, call) {
      const broken = brokenTagRule(Tags)
      if (broken !== undefined) throw validationException(broken)
      const { id } = await jobOfArn(context.store, ResourceArn, call)
      const tags = Tags.map(({ Key, Value }) => ({ key: Key, value: Value }))
      const journal = [{ kind: 'tags-added', time: context.clock.now(), data: { tags } }]
      const result = await context.store.putTags({ jobId: id, tags, most: MOST_TAGS, journal })
      if (result.kind === 'unknown-job') throw requestedResourceNotFound()
      // Code and text are unknown on AWS.
      if (result.kind === 'too-many')
        throw validationException(`A resource can have ${MOST_TAGS} tags; this one would have ${result.count}.`)
      return { Tags: describedTags(result.tags) }
    },
  })
}
