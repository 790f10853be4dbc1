import { CapacityError } from '../../scheduler/scheduler.ts'
import type { StageWork } from '../context.ts'
import { askingOf, capacityFailure } from '../place.ts'
import { stopAll } from './ends.ts'
import { destroyInstances, findInstances } from './instances.ts'

/**
 * Interrupted: SIGTERM, grace, SIGKILL as for a stop (unknown on AWS), nothing is uploaded, the place is given back, and the job waits for another one
 * (behaviour 1.4.8, 8.1).
 */
export const interrupted: StageWork = async (context, stage) => {
  const { scheduler } = context
  const { job, request } = stage
  const { instances } = await findInstances(context, stage)
  await stopAll(context, instances, stage.signal)
  await destroyInstances(context, stage)
  scheduler.release(job.id)
  try {
    const asking = askingOf(job, request)
    const placement = await stage.limited((signal) => scheduler.place(asking, { signal, waiting: () => undefined }))
    await stage.record({ kind: 'starting-again', placement }, { placement })
  } catch (error) {
    if (!(error instanceof CapacityError)) throw error
    await stage.record(capacityFailure(error))
  }
}
