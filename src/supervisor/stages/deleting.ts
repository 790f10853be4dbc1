import type { StageWork } from '../context.ts'
import { destroyInstances } from './instances.ts'

/**
 * Acts on the intent to delete: what the job left on the machine goes first, its record last, so that a server that dies in between finds the job again
 * and goes on. Artifacts and logs stay (behaviour 6.6, unknown on AWS).
 */
export const deleting: StageWork = async (context, { job, request }) => {
  await destroyInstances(context, { job, request })
  context.failures.forget(job.id)
  const { id, name, arn } = job
  await context.store.deleteJob(id, [{ kind: 'deleted', time: context.clock.now(), data: { name, arn } }])
}
