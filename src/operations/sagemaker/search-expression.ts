import { validationException } from '../../protocol/errors.ts'
import { SEARCH_EXPRESSION_DEPTH, type NestedFilters, type SearchExpression } from '../../protocol/shapes/search.ts'
import { filterTest } from './search-filter.ts'
import { checkPropertyName, valuesAtPath, valuesOfProperty, type FoundJob } from './search-properties.ts'

/** Whether an expression holds; undefined where that cannot be told from what is known of the job so far. */
export type Truth = boolean | undefined

/** What is known of a job: all of it, or a part, and then which properties. */
export interface Known {
  readonly job: FoundJob
  readonly has: (property: string) => boolean
}

export type Condition = (known: Known) => Truth

/** In all of one search (behaviour 6.8). */
const MOST_FILTERS = 50

/** @throws AwsError ValidationException for an expression that cannot be asked; AWS's texts are unknown */
export function compileSearch(expression: SearchExpression): Condition {
  const count = countFilters(expression)
  if (count > MOST_FILTERS)
    throw validationException(`A search can have ${MOST_FILTERS} filters in total; this one has ${count}.`)
  return compile(expression, 1)
}

function countFilters({ Filters = [], NestedFilters = [], SubExpressions = [] }: SearchExpression): number {
  const nested = NestedFilters.reduce((sum, { Filters: inner }) => sum + inner.length, 0)
  return Filters.length + nested + SubExpressions.reduce((sum, inner) => sum + countFilters(inner), 0)
}

function compile(expression: SearchExpression, depth: number): Condition {
  if (depth > SEARCH_EXPRESSION_DEPTH)
    throw validationException(`SubExpressions can be ${SEARCH_EXPRESSION_DEPTH - 1} deep on this server.`)
  const { Filters = [], NestedFilters = [], SubExpressions = [], Operator } = expression
  const conditions = [
    ...Filters.map((filter) => {
      checkPropertyName(filter.Name)
      const test = filterTest(filter)
      return ({ job, has }: Known) => (has(filter.Name) ? test(valuesOfProperty(job, filter.Name)) : undefined)
    }),
    ...NestedFilters.map(compileNested),
    ...SubExpressions.map((inner) => compile(inner, depth + 1)),
  ]
  if (conditions.length === 0)
    throw validationException('A SearchExpression must have at least one filter, nested filter or subexpression.')
  return Operator === 'Or' ? combined(conditions, true) : combined(conditions, false)
}

/** @param decisive of Or true, of And false: one such condition decides, whatever the others are */
function combined(conditions: readonly Condition[], decisive: boolean): Condition {
  return (known) => {
    let truth: Truth = !decisive
    for (const condition of conditions) {
      const one = condition(known)
      if (one === decisive) return decisive
      if (one === undefined) truth = undefined
    }
    return truth
  }
}

/** All filters must hold of one and the same item of a list. */
function compileNested({ NestedPropertyName: list, Filters }: NestedFilters): Condition {
  checkPropertyName(list)
  const tests = Filters.map((filter) => {
    if (!filter.Name.startsWith(`${list}.`))
      throw validationException(`The filter of ${filter.Name} lies outside of its NestedPropertyName ${list}.`)
    const path = filter.Name.slice(list.length + 1).split('.')
    const test = filterTest(filter)
    return (item: unknown) => test(valuesAtPath(item, path))
  })
  return ({ job, has }) => {
    if (!has(list)) return undefined
    return valuesAtPath(job, list.split('.')).some((item) => tests.every((test) => test(item)))
  }
}
