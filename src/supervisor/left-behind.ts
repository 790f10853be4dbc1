import type { JobRecord } from '../store/store.ts'
import type { SupervisorContext } from './context.ts'
import { parseJobRequest } from './job-request.ts'
import { findInstances } from './stages/instances.ts'
import { expirePool, keepsInputs } from './warm-pools.ts'

/**
 * Removes what a job that is over has left on the machine, but for what is still of use: a failed job's workspace until `keep.failed` is over, and the input
 * data of a job with a warm pool until the pool is over, or its taker has what it needs of it.
 *
 * @returns after how many milliseconds of job time to look again; undefined where nothing is left that goes by time
 */
export async function tidyLeftBehind(context: SupervisorContext, ended: JobRecord): Promise<number | undefined> {
  // What is kept of one that has a pool may have another fate by now.
  const found = ended.state.warmPool ? await context.store.job(ended.id) : ended
  // Being deleted it is its supervisor's.
  if (!found || found.state.status === 'Deleting') return undefined
  const job = await expirePool(context, found)
  const [inputs, { instances }] = await Promise.all([
    keepsInputs(context, job),
    findInstances(context, { job, request: parseJobRequest(job.request) }),
  ])
  const inspection = keptForInspection(context, job)
  const periods = [...inspection, ...poolPeriod(context, job)]
  const keep = inspection.length > 0
  await Promise.all(instances.map((instance) => instance.destroy({ keep, inputs })))
  return periods.length > 0 ? Math.min(...periods) : undefined
}

function keptForInspection({ config, failures }: SupervisorContext, { id, state }: JobRecord): number[] {
  const { status, trainingEndTime: since, warmPool } = state
  if (status !== 'Failed' || since === undefined) return []
  const left = failures.left(id, { since, until: since + config.keep.failed })
  if (left > 0) return [left]
  // Of one with a pool it may be asked again.
  if (!warmPool) failures.forget(id)
  return []
}

function poolPeriod({ pools }: SupervisorContext, { id, state: { warmPool } }: JobRecord): number[] {
  return warmPool?.status === 'Available' ? [pools.left(id, warmPool)] : []
}
