import { TRAINING_JOB_STATUSES } from '../../lifecycle/status.ts'
import { ListTrainingJobsRequest } from '../../protocol/shapes/training-job.ts'
import type { JobSummary, ListOrder, ListPosition, ListQuery, Scope } from '../../store/store.ts'
import { operation, type Operation } from '../operation.ts'
import type { SageMakerContext } from './context.ts'
import { describedWarmPool, seconds } from './described.ts'
import { badPageToken, decodePageToken, encodePageToken } from './page-token.ts'
import { trainingJobArn } from './training-job-arn.ts'

/** Unknown on AWS; behaviour 6.7 recommends it. */
const DEFAULT_PAGE = 10

/**
 * ListTrainingJobs (behaviour 6.7). Filters apply before the page, so every page but the last is full; a token continues where its page ended,
 * whatever was created or deleted since.
 */
export function listTrainingJobs(context: SageMakerContext): Operation {
  return operation({
    access: 'read',
    input: ListTrainingJobsRequest,
    async handle(request, call) {
      const { NextToken, MaxResults = DEFAULT_PAGE, ...list } = request
      const scope = { account: call.principal.account, region: call.region }
      const bound = { operation: 'ListTrainingJobs', ...scope, ...list }
      const after = NextToken === undefined ? undefined : positionOf(NextToken, bound)
      const query = { ...scope, ...queryOf(request), ...(after ? { after } : {}), limit: MaxResults }
      const page = canMatch(request) ? await context.store.listJobs(query) : { jobs: [] }
      const token = page.next && tokenOf(page.next, bound)
      return {
        TrainingJobSummaries: page.jobs.map((job) => summary(scope, job)),
        ...(token === undefined ? {} : { NextToken: token }),
      }
    },
  })
}

/** Create refuses training plans: this filter leaves nothing. */
function canMatch({ TrainingPlanArnEquals }: ListTrainingJobsRequest): boolean {
  return TrainingPlanArnEquals === undefined
}

function queryOf(request: ListTrainingJobsRequest): Omit<ListQuery, keyof Scope | 'limit'> {
  const { StatusEquals, WarmPoolStatusEquals: pool, NameContains, SortBy, SortOrder } = request
  return {
    ...(StatusEquals === undefined ? {} : { statusEquals: StatusEquals }),
    ...(pool === undefined ? {} : { warmPoolStatusEquals: pool }),
    ...(NameContains === undefined ? {} : { nameContains: NameContains }),
    ...time('creationTimeAfter', request.CreationTimeAfter),
    ...time('creationTimeBefore', request.CreationTimeBefore),
    ...time('lastModifiedTimeAfter', request.LastModifiedTimeAfter),
    ...time('lastModifiedTimeBefore', request.LastModifiedTimeBefore),
    sortBy: ORDERS[SortBy ?? 'CreationTime'],
    // AWS contradicts itself; behaviour 6.7 recommends newest first where neither is given, else Ascending.
    ascending: SortOrder === undefined ? SortBy !== undefined : SortOrder === 'Ascending',
  }
}

const ORDERS = { Name: 'name', CreationTime: 'creation-time', Status: 'status' } as const satisfies Record<
  NonNullable<ListTrainingJobsRequest['SortBy']>,
  ListOrder
>

type TimeFilter = `${'creation' | 'lastModified'}Time${'After' | 'Before'}`

function time<Name extends TimeFilter>(name: Name, epochSeconds: number | undefined): { [K in TimeFilter]?: number } {
  return epochSeconds === undefined ? {} : { [name]: milliseconds(epochSeconds) }
}

/** To the microsecond: a time that a list gave as seconds comes back as the millisecond that it was. */
function milliseconds(epochSeconds: number): number {
  return Math.round(epochSeconds * 1_000_000) / 1000
}

function summary(scope: Scope, job: JobSummary): object {
  return {
    TrainingJobName: job.name,
    TrainingJobArn: trainingJobArn(scope, job.name),
    CreationTime: seconds(job.creationTime),
    TrainingEndTime: seconds(job.trainingEndTime),
    LastModifiedTime: seconds(job.lastModifiedTime),
    TrainingJobStatus: job.status,
    SecondaryStatus: job.secondaryStatus,
    WarmPoolStatus: job.warmPool && describedWarmPool(job.warmPool),
  }
}

function tokenOf({ name, status, creationTime, id }: ListPosition, list: object): string {
  return encodePageToken([name, status, creationTime, id], list)
}

function positionOf(token: string, list: object): ListPosition {
  const [name, given, creationTime, id] = decodePageToken(token, list)
  const status = TRAINING_JOB_STATUSES.find((known) => known === given)
  if (typeof name !== 'string' || typeof creationTime !== 'number' || typeof id !== 'string' || !status)
    throw badPageToken()
  return { name, status, creationTime, id }
}
