import { validationException } from '../../protocol/errors.ts'
import type { Filter } from '../../protocol/shapes/search.ts'

/** Whether the values that a job has at a filter's property satisfy it; there are several where the way to them leads through a list. */
export type FilterTest = (values: readonly unknown[]) => boolean

type Operator = NonNullable<Filter['Operator']>
type Test = (value: unknown) => boolean

/** Last parts of the names of properties that hold a time, as epoch seconds. */
const TIMES = new Set([
  'CreationTime',
  'LastModifiedTime',
  'TrainingStartTime',
  'TrainingEndTime',
  'StartTime',
  'EndTime',
  'Timestamp',
])

/** A value without an operator means Equals (behaviour 6.8). @throws AwsError for a filter that cannot be asked */
export function filterTest(filter: Filter): FilterTest {
  const { Name: name, Value: value, Operator: operator = 'Equals' } = filter
  if (operator === 'Exists') return (values) => values.length > 0
  if (operator === 'NotExists') return (values) => values.length === 0
  // AWS's text is unknown.
  if (value === undefined)
    throw validationException(`The filter of ${name} needs a Value for the operator ${operator}.`)
  if (operator === 'NotEquals') {
    // A job without the property is not equal either: unknown on AWS.
    const equals = testOf(name, 'Equals', value)
    return (values) => !values.some(equals)
  }
  const test = testOf(name, operator, value)
  return (values) => values.some(test)
}

function testOf(name: string, operator: Exclude<Operator, 'Exists' | 'NotExists' | 'NotEquals'>, value: string): Test {
  switch (operator) {
    case 'Contains':
      return (found) => typeof found === 'string' && found.includes(value)
    case 'In':
      return anyOf(value.split(',').map((one) => testOf(name, 'Equals', one.trim())))
    case 'Equals':
      return equalTo(name, value)
    case 'GreaterThan':
      return ordered(name, value, (difference) => difference > 0)
    case 'GreaterThanOrEqualTo':
      return ordered(name, value, (difference) => difference >= 0)
    case 'LessThan':
      return ordered(name, value, (difference) => difference < 0)
    case 'LessThanOrEqualTo':
      return ordered(name, value, (difference) => difference <= 0)
    default:
      return operator satisfies never
  }
}

function anyOf(tests: readonly Test[]): Test {
  return (found) => tests.some((test) => test(found))
}

function equalTo(name: string, value: string): Test {
  const numeric = ordered(name, value, (difference) => difference === 0)
  const texts = !isTime(name) && !isHyperParameter(name)
  return (found) => {
    if (typeof found === 'boolean') return String(found) === value.toLowerCase()
    if (typeof found === 'string' && (texts || found === value)) return found === value
    return numeric(found)
  }
}

/** Numbers and times only; a text that is no number has no order here, as on AWS, where these operators do not go with texts. */
function ordered(name: string, value: string, holds: (difference: number) => boolean): Test {
  const bound = isTime(name) ? timeOf(name, value) : numberOf(value)
  // Hyperparameters are compared as integers if the given value is one (behaviour 6.8).
  const integers = isHyperParameter(name) && /^[+-]?\d+$/.test(value.trim())
  return (found) => {
    const number = typeof found === 'number' ? found : typeof found === 'string' ? numberOf(found) : Number.NaN
    return holds((integers ? Math.trunc(number) : number) - bound)
  }
}

/** @returns NaN, of which no comparison holds, for what is no number */
function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}

/** ISO 8601 (unknown on AWS; behaviour 6.8 recommends it) or epoch seconds. */
function timeOf(name: string, value: string): number {
  const seconds = Number.isNaN(numberOf(value)) ? Date.parse(value) / 1000 : numberOf(value)
  if (!Number.isNaN(seconds)) return seconds
  throw validationException(`The Value of the filter of ${name} is no time: write it as 2026-01-31T12:00:00Z.`)
}

function isTime(name: string): boolean {
  return !isHyperParameter(name) && !name.startsWith('Tags.') && TIMES.has(name.slice(name.lastIndexOf('.') + 1))
}

function isHyperParameter(name: string): boolean {
  return name.startsWith('HyperParameters.')
}
