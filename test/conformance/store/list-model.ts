import type { JobSummary, ListPosition, ListQuery, Scope } from '../../../src/store/store.ts'

/** The list as a plain filter and sort over everything: what every store's pages must agree with. */
export function listed(jobs: readonly JobSummary[], query: Omit<ListQuery, keyof Scope | 'limit'>): JobSummary[] {
  const isFurther = (job: JobSummary) => query.after === undefined || compare(query, job, query.after) > 0
  return jobs
    .filter((job) => matches(job, query))
    .filter(isFurther)
    .toSorted((a, b) => compare(query, a, b))
}

function matches(job: JobSummary, query: Omit<ListQuery, keyof Scope | 'limit'>): boolean {
  const {
    creationTimeAfter = -Infinity,
    creationTimeBefore = Infinity,
    lastModifiedTimeAfter = -Infinity,
    lastModifiedTimeBefore = Infinity,
    nameContains = '',
    statusEquals = job.status,
    warmPoolStatusEquals = job.warmPool?.status,
  } = query
  return (
    job.creationTime > creationTimeAfter &&
    job.creationTime < creationTimeBefore &&
    job.lastModifiedTime > lastModifiedTimeAfter &&
    job.lastModifiedTime < lastModifiedTimeBefore &&
    job.name.toLowerCase().includes(nameContains.toLowerCase()) &&
    job.status === statusEquals &&
    job.warmPool?.status === warmPoolStatusEquals
  )
}

function compare({ sortBy, ascending }: Pick<ListQuery, 'sortBy' | 'ascending'>, a: ListPosition, b: ListPosition) {
  const byTime = order(a.creationTime, b.creationTime) || order(a.id, b.id)
  const ascend = {
    'creation-time': byTime,
    name: order(a.name.toLowerCase(), b.name.toLowerCase()),
    status: order(a.status, b.status) || byTime,
  }[sortBy ?? 'creation-time']
  return ascending ? ascend : -ascend
}

function order<Value extends string | number>(a: Value, b: Value): number {
  return a < b ? -1 : Number(a > b)
}
