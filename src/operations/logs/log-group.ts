import { setImmediate as turn } from 'node:timers/promises'
import type { LogStreamRecord, Scope, Store } from '../../store/store.ts'
import type { Call } from '../operation.ts'
import { groupNotFound, invalidParameter } from './errors.ts'

/** The one log group there is; it exists in an account and region once a job's first stream does (behaviour 5.1). */
export const LOG_GROUP = '/aws/sagemaker/TrainingJobs'

const PAGE = 500

/** A request names the group by `logGroupName`, or by `logGroupIdentifier`, which may be its ARN. */
export interface GroupReference {
  readonly logGroupName?: string
  readonly logGroupIdentifier?: string
}

export function scopeOf(call: Call): Scope {
  return { account: call.principal.account, region: call.region }
}

/** Without the `:*` that the group's `arn` member carries. */
export function logGroupArn({ account, region }: Scope): string {
  return `arn:aws:logs:${region}:${account}:log-group:${LOG_GROUP}`
}

/** Whether a name or ARN means our group; an ARN with `:*` breaks the pattern of identifiers and never comes here. */
export function isLogGroup(identifier: string, scope: Scope): boolean {
  return identifier === LOG_GROUP || identifier === logGroupArn(scope)
}

/**
 * @throws AwsError `ResourceNotFoundException` for another group, or while there is no stream; `InvalidParameterException` unless one of the two names it
 */
export async function requireLogGroup(store: Store, scope: Scope, reference: GroupReference): Promise<void> {
  const { logGroupName, logGroupIdentifier } = reference
  // [unknown - recommended behaviour] The texts of these two; the code is that of the model.
  if (logGroupName !== undefined && logGroupIdentifier !== undefined)
    throw invalidParameter('LogGroupName and LogGroupIdentifier cannot both be specified.')
  const identifier = logGroupName ?? logGroupIdentifier
  if (identifier === undefined) throw invalidParameter('Either LogGroupName or LogGroupIdentifier must be specified.')
  if (!isLogGroup(identifier, scope) || !(await hasStreams(store, scope))) throw groupNotFound()
}

export interface StreamsFilter {
  readonly prefix?: string
  /** See `LogStreamQuery`. */
  readonly activeSince?: number
}

/** The streams of an account and region that a filter lets through, ordered by name; others have their turn between pages. */
export async function* streamsOf(
  store: Store,
  scope: Scope,
  { prefix = '', activeSince = 0 }: StreamsFilter = {},
): AsyncGenerator<LogStreamRecord> {
  for (let after: string | undefined; ; await turn()) {
    const query = { ...scope, prefix, activeSince, limit: PAGE }
    const page = await store.logStreams({ ...query, ...(after === undefined ? {} : { after }) })
    yield* page
    if (page.length < PAGE) return
    after = page.at(-1)?.name
  }
}

async function hasStreams(store: Store, scope: Scope): Promise<boolean> {
  return (await store.logStreams({ ...scope, prefix: '', limit: 1 })).length > 0
}
