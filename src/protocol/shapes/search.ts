import type { Static } from 'typebox'
import { choice, list, optional, structure, text } from './declare.ts'
import { MaxResults, NextToken } from './training-job.ts'

/** The request of Search. Members, limits and patterns as the service's model has them; a test compares them. */

export const ResourceType = choice([
  'TrainingJob',
  'Experiment',
  'ExperimentTrial',
  'ExperimentTrialComponent',
  'Endpoint',
  'Model',
  'ModelPackage',
  'ModelPackageGroup',
  'Pipeline',
  'PipelineExecution',
  'FeatureGroup',
  'FeatureMetadata',
  'Image',
  'ImageVersion',
  'Project',
  'HyperParameterTuningJob',
  'ModelCard',
  'PipelineVersion',
  'Job',
])

export const ResourcePropertyName = text({ min: 1, max: 255, pattern: '.+' })

export const Operator = choice([
  'Equals',
  'NotEquals',
  'GreaterThan',
  'GreaterThanOrEqualTo',
  'LessThan',
  'LessThanOrEqualTo',
  'Contains',
  'Exists',
  'NotExists',
  'In',
])

export const FilterValue = text({ min: 1, max: 1024, pattern: '.+' })

export const Filter = structure({
  Name: ResourcePropertyName,
  Operator: optional(Operator),
  Value: optional(FilterValue),
})
export type Filter = Static<typeof Filter>

export const FilterList = list(Filter, { min: 1, max: 20 })

export const NestedFilters = structure({
  NestedPropertyName: ResourcePropertyName,
  Filters: FilterList,
})
export type NestedFilters = Static<typeof NestedFilters>

export const NestedFiltersList = list(NestedFilters, { min: 1, max: 20 })

export const BooleanOperator = choice(['And', 'Or'])

/**
 * The model's expression contains itself. It is written out to this depth here, which no client's search comes near; the members of the
 * innermost stay unread, so an operation must refuse what is there.
 */
const innermost = structure({
  Filters: optional(FilterList),
  NestedFilters: optional(NestedFiltersList),
  SubExpressions: optional(list(structure({}), { min: 1, max: 20 })),
  Operator: optional(BooleanOperator),
})

const around = <Inner extends typeof innermost>(inner: Inner) =>
  structure({
    Filters: optional(FilterList),
    NestedFilters: optional(NestedFiltersList),
    SubExpressions: optional(list(inner, { min: 1, max: 20 })),
    Operator: optional(BooleanOperator),
  })

const expression = around(around(around(around(innermost))))
/** How many expressions may contain each other. */
export const SEARCH_EXPRESSION_DEPTH = 5

/** Of any depth: what the levels have in common. */
export interface SearchExpression {
  readonly Filters?: readonly Filter[]
  readonly NestedFilters?: readonly NestedFilters[]
  readonly SubExpressions?: readonly SearchExpression[]
  readonly Operator?: 'And' | 'Or'
}

export const SearchSortOrder = choice(['Ascending', 'Descending'])

export const CrossAccountFilterOption = choice(['SameAccount', 'CrossAccount'])

export const VisibilityConditionsKey = text({ min: 1, max: 128, pattern: '([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)' })

export const VisibilityConditionsValue = text({ min: 0, max: 256, pattern: '([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)' })

export const VisibilityConditions = structure({
  Key: optional(VisibilityConditionsKey),
  Value: optional(VisibilityConditionsValue),
})

export const VisibilityConditionsList = list(VisibilityConditions, { min: 1, max: 5 })

export const SearchRequest = structure({
  Resource: ResourceType,
  SearchExpression: optional(expression),
  SortBy: optional(ResourcePropertyName),
  SortOrder: optional(SearchSortOrder),
  NextToken: optional(NextToken),
  MaxResults: optional(MaxResults),
  CrossAccountFilterOption: optional(CrossAccountFilterOption),
  VisibilityConditions: optional(VisibilityConditionsList),
})
export type SearchRequest = Static<typeof SearchRequest>
