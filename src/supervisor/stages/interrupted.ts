import type { StageWork } from '../context.ts'
import { placeOf } from '../place.ts'
import { stopAll } from './ends.ts'
import { destroyInstances, findInstances } from './instances.ts'

/**
 * Interrupted: SIGTERM, grace, SIGKILL as for a stop (unknown on AWS), nothing is uploaded, the place is given back, and the job waits for another one
 * (behaviour 1.4.8, 8.1). The grace is within the limits too: a job whose time is up meanwhile does not begin again.
 */
export const interrupted: StageWork = async (context, stage) => {
  if (stage.job.state.placement) {
    const { instances } = await findInstances(context, stage)
    await stage.limited((signal) => stopAll(context, instances, signal))
    await destroyInstances(context, stage)
    await stage.record({ kind: 'place-given-back' })
    return
  }
  const placement = await placeOf(context, stage)
  if (!placement) return
  const { kind } = await stage.record({ kind: 'starting-again', placement }, { placement })
  if (kind === 'recorded') stage.supervised.turn = undefined
}
