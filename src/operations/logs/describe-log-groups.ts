import type { Static } from 'typebox'
import type { Scope, Store } from '../../store/store.ts'
import { operation } from '../operation.ts'
import type { Operation } from '../operation.ts'
import type { LogsContext } from './context.ts'
import { invalidNextToken, invalidParameter } from './errors.ts'
import { DescribeLogGroupsRequest } from './inputs.ts'
import { isLogGroup, LOG_GROUP, logGroupArn, scopeOf, streamsOf } from './log-group.ts'

type Input = Static<typeof DescribeLogGroupsRequest>

/** Lists the one group there is, once it exists. */
export function describeLogGroups({ store }: LogsContext): Operation {
  const creations = new Map<string, number>()
  return operation({
    access: 'read',
    input: DescribeLogGroupsRequest,
    async handle(input, call) {
      checkFilters(input)
      const scope = scopeOf(call)
      if (!matches(input, scope)) return { logGroups: [] }
      const key = `${scope.account}/${scope.region}`
      const creationTime = creations.get(key) ?? (await firstCreation(store, scope))
      if (creationTime === undefined) return { logGroups: [] }
      creations.set(key, creationTime)
      return { logGroups: [describe(scope, creationTime)] }
    },
  })
}

function checkFilters(input: Input): void {
  // [unknown - recommended behaviour] The text; the API reference says that the two exclude each other.
  if (input.logGroupNamePrefix !== undefined && input.logGroupNamePattern !== undefined)
    throw invalidParameter('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.')
  // There is never a second page, so no token was ever given out.
  if (input.nextToken !== undefined) throw invalidNextToken()
}

function matches(input: Input, scope: Scope): boolean {
  return (
    LOG_GROUP.startsWith(input.logGroupNamePrefix ?? '') &&
    LOG_GROUP.includes(input.logGroupNamePattern ?? '') &&
    (input.logGroupClass ?? 'STANDARD') === 'STANDARD' &&
    (input.accountIdentifiers ?? [scope.account]).includes(scope.account) &&
    (input.logGroupIdentifiers ?? [LOG_GROUP]).some((identifier) => isLogGroup(identifier, scope))
  )
}

/** Job time never goes back, so that no later stream can be older: once known it stays. */
async function firstCreation(store: Store, scope: Scope): Promise<number | undefined> {
  let first: number | undefined
  for await (const { creationTime } of streamsOf(store, scope)) first = Math.min(first ?? creationTime, creationTime)
  return first
}

function describe(scope: Scope, creationTime: number): object {
  return {
    logGroupName: LOG_GROUP,
    creationTime,
    metricFilterCount: 0,
    arn: `${logGroupArn(scope)}:*`,
    storedBytes: 0,
    logGroupClass: 'STANDARD',
    logGroupArn: logGroupArn(scope),
  }
}
