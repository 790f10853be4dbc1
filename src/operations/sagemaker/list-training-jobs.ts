import { validationException } from '../../protocol/errors.ts'
import { ListTrainingJobsRequest } from '../../protocol/shapes/training-job.ts'
import type { JobSummary, ListPosition } from '../../store/store.ts'
import { operation, type Operation } from '../operation.ts'
import type { SageMakerContext } from './context.ts'
import { seconds } from './described.ts'

/** Unknown on AWS; behaviour 6.7 recommends it. */
const DEFAULT_PAGE = 10

/** Filters and sorts that come with a later version: refused by name, never passed over. */
const NOT_BUILT = [
  'CreationTimeAfter',
  'CreationTimeBefore',
  'LastModifiedTimeAfter',
  'LastModifiedTimeBefore',
  'SortBy',
  'SortOrder',
  'WarmPoolStatusEquals',
  'TrainingPlanArnEquals',
] as const satisfies readonly (keyof ListTrainingJobsRequest)[]

/**
 * ListTrainingJobs (behaviour 6.7), newest first. Filters apply before the page, so every page but the last is full; a token continues where its page
 * ended, whatever was created since.
 */
export function listTrainingJobs(context: SageMakerContext): Operation {
  return operation({
    input: ListTrainingJobsRequest,
    async handle(request, call) {
      const refused = NOT_BUILT.find((name) => request[name] !== undefined)
      if (refused) throw validationException(`${refused} is not supported by this server yet: leave it out.`)
      const after = request.NextToken === undefined ? undefined : positionOf(request.NextToken, request)
      const page = await context.store.listJobs({
        account: call.principal.account,
        region: call.region,
        limit: request.MaxResults ?? DEFAULT_PAGE,
        ...(request.StatusEquals === undefined ? {} : { statusEquals: request.StatusEquals }),
        ...(request.NameContains === undefined ? {} : { nameContains: request.NameContains }),
        ...(after ? { after } : {}),
      })
      const token = page.next && tokenOf(page.next, request)
      return { TrainingJobSummaries: page.jobs.map(summary), ...(token === undefined ? {} : { NextToken: token }) }
    },
  })
}

function summary(job: JobSummary): object {
  return {
    TrainingJobName: job.name,
    TrainingJobArn: job.arn,
    CreationTime: seconds(job.creationTime),
    TrainingEndTime: seconds(job.trainingEndTime),
    LastModifiedTime: seconds(job.lastModifiedTime),
    TrainingJobStatus: job.status,
    SecondaryStatus: job.secondaryStatus,
  }
}

const TOKEN_VERSION = 1

/** Opaque to clients; bound to the filters, so that it cannot be taken into another list. */
function tokenOf(next: ListPosition, request: ListTrainingJobsRequest): string {
  return Buffer.from(JSON.stringify([TOKEN_VERSION, next.creationTime, next.id, filterOf(request)])).toString(
    'base64url',
  )
}

function positionOf(token: string, request: ListTrainingJobsRequest): ListPosition {
  const [version, creationTime, id, filter] = decoded(token)
  if (
    version === TOKEN_VERSION &&
    typeof creationTime === 'number' &&
    typeof id === 'string' &&
    filter === filterOf(request)
  ) {
    return { creationTime, id }
  }
  // The code is the one behaviour 6.7 recommends; AWS's text is unknown.
  throw validationException(
    'The NextToken is not valid for this list: it must be passed on as it was given, with the same filters.',
  )
}

function decoded(token: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

function filterOf({ StatusEquals, NameContains }: ListTrainingJobsRequest): string {
  return `${StatusEquals ?? ''}/${NameContains ?? ''}`
}
