import { setImmediate } from 'node:timers/promises'
import { validationException } from '../../protocol/errors.ts'
import { SearchRequest } from '../../protocol/shapes/search.ts'
import type { JobRecord, JobSummary, ListPosition, Scope } from '../../store/store.ts'
import { operation, type Call, type Operation } from '../operation.ts'
import type { SageMakerContext } from './context.ts'
import { describedJob, describedTags, seconds } from './described.ts'
import { decodePageToken, encodePageToken } from './page-token.ts'
import { compileSearch, type Condition } from './search-expression.ts'
import { SearchHits } from './search-hits.ts'
import { checkPropertyName, firstPart, TRAINING_JOB_MEMBERS, type FoundJob } from './search-properties.ts'
import { trainingJobArn } from './training-job-arn.ts'

/** Unknown on AWS; as that of ListTrainingJobs. */
const DEFAULT_PAGE = 10
/** Jobs whose summaries are read at once, and whose records are, before other work gets its turn: each about a millisecond of this thread. */
const SUMMARIES = 400
const RECORDS = 25

/** What a summary tells of a job: an expression that it decides needs no record. */
const SUMMARY_MEMBERS: readonly string[] = [
  'TrainingJobName',
  'TrainingJobArn',
  'TrainingJobStatus',
  'SecondaryStatus',
  'CreationTime',
  'LastModifiedTime',
  'TrainingEndTime',
]

/**
 * Search on TrainingJob (behaviour 6.8). There is no index for most of what may be asked, so all jobs are looked at, in pieces between which
 * the event loop turns; a search that nobody waits for any more ends.
 */
export function search(context: SageMakerContext): Operation {
  return operation({
    access: 'read',
    input: SearchRequest,
    async handle(request, call) {
      checkRequest(request)
      const { NextToken, MaxResults: limit = DEFAULT_PAGE, SortBy = 'LastModifiedTime', ...rest } = request
      checkPropertyName(SortBy)
      const scope = { account: call.principal.account, region: call.region }
      const bound = { operation: 'Search', ...scope, ...rest, SortBy }
      const after = NextToken === undefined ? undefined : decodePageToken(NextToken, bound)
      const hits = new SearchHits({ sortBy: SortBy, ascending: rest.SortOrder === 'Ascending', limit, after })
      const condition = rest.SearchExpression ? compileSearch(rest.SearchExpression) : () => true
      await collect(context, { call, scope, condition, hits })
      const { ids, total, next } = hits.page()
      const found = await Promise.all(ids.map((id) => foundJob(context, id)))
      return {
        // A job that was deleted meanwhile is left out.
        Results: found.flatMap((job) => (job ? [{ TrainingJob: job }] : [])),
        TotalHits: { Value: total, Relation: 'EqualTo' },
        ...(next ? { NextToken: encodePageToken(next, bound) } : {}),
      }
    },
  })
}

function checkRequest({ Resource, CrossAccountFilterOption, VisibilityConditions }: SearchRequest): void {
  const only = 'by this server: it keeps training jobs of your own account only'
  if (Resource !== 'TrainingJob')
    throw validationException(`Search of the resource ${Resource} is not supported ${only}.`)
  if (CrossAccountFilterOption === 'CrossAccount' || VisibilityConditions)
    throw validationException(`CrossAccountFilterOption and VisibilityConditions are not supported ${only}.`)
}

interface Looking {
  readonly call: Call
  readonly scope: Scope
  readonly condition: Condition
  readonly hits: SearchHits
}

/** In the order of creation, which no change of a job moves it in: each that was there when the search began is looked at once. */
async function collect(context: SageMakerContext, { call, scope, condition, hits }: Looking): Promise<void> {
  let after: ListPosition | undefined
  let records = 0
  do {
    const page = await context.store.listJobs({ ...scope, limit: SUMMARIES, ...(after ? { after } : {}) })
    for (const summary of page.jobs) {
      const known = knownOf(scope, summary)
      const truth = condition({ job: known, has: (property) => SUMMARY_MEMBERS.includes(firstPart(property)) })
      if (truth === false) continue
      if (truth === true && SUMMARY_MEMBERS.includes(hits.sortBy)) {
        hits.add(summary.id, known)
        continue
      }
      const job = await foundJob(context, summary.id)
      if (job && condition({ job, has: () => true })) hits.add(summary.id, job)
      if (++records % RECORDS === 0) await turn(call)
    }
    after = page.next
    await turn(call)
  } while (after)
}

/** @throws the signal's reason when the caller has gone */
async function turn({ signal }: Call): Promise<void> {
  await setImmediate()
  signal.throwIfAborted()
}

function knownOf(scope: Scope, job: JobSummary): FoundJob {
  return {
    TrainingJobName: job.name,
    TrainingJobArn: trainingJobArn(scope, job.name),
    TrainingJobStatus: job.status,
    SecondaryStatus: job.secondaryStatus,
    CreationTime: seconds(job.creationTime),
    LastModifiedTime: seconds(job.lastModifiedTime),
    TrainingEndTime: seconds(job.trainingEndTime),
  }
}

/** @returns undefined when the job is gone */
async function foundJob({ store, clock }: SageMakerContext, id: string): Promise<FoundJob | undefined> {
  const job = await store.job(id)
  return job && trainingJob(job, clock.now(), describedTags(await store.tags(id)))
}

function trainingJob(job: JobRecord, now: number, tags: readonly object[]): FoundJob {
  const described: object = { ...(JSON.parse(describedJob(job, now)) as object), Tags: tags }
  const members: readonly string[] = TRAINING_JOB_MEMBERS
  return Object.fromEntries(Object.entries(described).filter(([name]) => members.includes(name)))
}
