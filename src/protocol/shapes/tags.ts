import type { Static } from 'typebox'
import { integer, list, optional, structure, text } from './declare.ts'
import { TagKey, TagList } from './job-options.ts'
import { NextToken } from './training-job.ts'

/** The requests of the operations on tags. Members, limits and patterns as the service's model has them; a test compares them. */

export const ResourceArn = text({ min: 0, max: 256, pattern: 'arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:.+' })

export const AddTagsInput = structure({
  ResourceArn: ResourceArn,
  Tags: TagList,
})
export type AddTagsInput = Static<typeof AddTagsInput>

export const ListTagsMaxResults = integer({ min: 50 })

export const ListTagsInput = structure({
  ResourceArn: ResourceArn,
  NextToken: optional(NextToken),
  MaxResults: optional(ListTagsMaxResults),
})
export type ListTagsInput = Static<typeof ListTagsInput>

export const TagKeyList = list(TagKey, { min: 1, max: 50 })

export const DeleteTagsInput = structure({
  ResourceArn: ResourceArn,
  TagKeys: TagKeyList,
})
export type DeleteTagsInput = Static<typeof DeleteTagsInput>
