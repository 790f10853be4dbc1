import { Type } from 'typebox'
import { Check } from 'typebox/value'
import type { MetricIdentity } from '../../store/metric-store.ts'
import type { Scope } from '../../store/scope.ts'
import { operation } from '../operation.ts'
import type { Operation } from '../operation.ts'
import { scopeOf, storedDimensions, wireDimensions } from './context.ts'
import type { CloudWatchContext } from './context.ts'
import { invalidNextToken } from './errors.ts'
import { ListMetricsInput } from './inputs.ts'

/** "Up to 500 results are returned for any one call" (API reference). */
const PAGE = 500
const THREE_HOURS_MS = 3 * 3600 * 1000

/** Lists metrics. AWS forgets those without a value for two weeks; here they are listed as long as they are kept. */
export function listMetrics({ store, clock }: CloudWatchContext): Operation {
  return operation({
    access: 'read',
    input: ListMetricsInput,
    async handle(input, call) {
      const scope = scopeOf(call)
      const { Namespace: namespace, MetricName: name, Dimensions = [], NextToken, OwningAccount } = input
      if (OwningAccount !== undefined && OwningAccount !== scope.account) return { Metrics: [] }
      const found = await store.metrics({
        ...scope,
        ...(namespace !== undefined && { namespace }),
        ...(name !== undefined && { name }),
        ...(input.RecentlyActive !== undefined && { activeSince: clock.now() - THREE_HOURS_MS }),
        ...(NextToken !== undefined && { after: decodeToken(NextToken, scope) }),
        dimensions: Dimensions.map(({ Name, Value }) => ({ name: Name, ...(Value !== undefined && { value: Value }) })),
        limit: PAGE + 1,
      })
      const page = found.slice(0, PAGE)
      const last = page.at(-1)
      return { Metrics: page.map(describe), ...(found.length > PAGE && last && { NextToken: encodeToken(last) }) }
    },
  })
}

function describe({ namespace, name, dimensions }: MetricIdentity): object {
  return { Namespace: namespace, MetricName: name, Dimensions: wireDimensions(dimensions) }
}

const Token = Type.Object({
  Namespace: Type.String(),
  MetricName: Type.String(),
  Dimensions: Type.Array(Type.Object({ Name: Type.String(), Value: Type.String() })),
})

function encodeToken(last: MetricIdentity): string {
  return Buffer.from(JSON.stringify(describe(last))).toString('base64url')
}

function decodeToken(token: string, scope: Scope): MetricIdentity {
  const place = parse(Buffer.from(token, 'base64url').toString())
  if (!Check(Token, place)) throw invalidNextToken()
  const { Namespace: namespace, MetricName: name, Dimensions } = place
  return { ...scope, namespace, name, dimensions: storedDimensions(Dimensions) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}
