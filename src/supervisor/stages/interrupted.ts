import { CapacityError } from '../../scheduler/scheduler.ts'
import type { Placement } from '../../lifecycle/placement.ts'
import type { Stage, StageWork, SupervisorContext } from '../context.ts'
import { askingOf, capacityFailure } from '../place.ts'
import { stopAll } from './ends.ts'
import { destroyInstances, findInstances } from './instances.ts'

/**
 * Interrupted: SIGTERM, grace, SIGKILL as for a stop (unknown on AWS), nothing is uploaded, the place is given back, and the job waits for another one
 * (behaviour 1.4.8, 8.1). The grace is within the limits too: a job whose time is up meanwhile does not begin again.
 */
export const interrupted: StageWork = async (context, stage) => {
  try {
    const placement = await stage.limited((signal) => anotherPlace(context, { ...stage, signal }))
    await stage.record({ kind: 'starting-again', placement }, { placement })
  } catch (error) {
    if (!(error instanceof CapacityError)) throw error
    await stage.record(capacityFailure(error))
  }
}

async function anotherPlace(context: SupervisorContext, stage: Stage): Promise<Placement> {
  const { job, request, signal } = stage
  const { instances } = await findInstances(context, stage)
  await stopAll(context, instances, signal)
  await destroyInstances(context, stage)
  context.scheduler.release(job.id)
  return context.scheduler.place(askingOf(job, request), { signal, waiting: () => undefined })
}
