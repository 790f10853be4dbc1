import { clientError } from '../../lifecycle/failure-reason.ts'
import { MESSAGES } from '../../lifecycle/messages.ts'
import { InstanceError, type Instance } from '../../runtime/runtime.ts'
import type { Stage, StageWork, SupervisorContext } from '../context.ts'
import { placeOf } from '../place.ts'
import { takeWarmPool } from '../warm-pools.ts'
import { endAttempt } from './end-attempt.ts'
import { destroyInstances, launchInstances } from './instances.ts'

/** How often instances are launched before it counts as a platform fault. */
const LAUNCHES = 3

/** Starting and Pending: the job waits for its place, and then its instances are brought up. */
export const starting: StageWork = (context, stage) =>
  stage.job.state.placement ? launching(context, stage) : waitingForPlace(context, stage)

const waitingForPlace: StageWork = async (context, stage) => {
  // A launch that was called off: the place was taken away, or the server died before it was recorded. Of a record that is as Create left it nothing was ever launched.
  if (stage.job.version > 1) await destroyInstances(context, stage)
  const placement = await placeOf(context, stage)
  if (!placement) return
  const reuses = await takeWarmPool(context, stage.job)
  const given = reuses ? { ...placement, reuses } : placement
  const { kind } = await stage.record({ kind: 'preparing', placement: given }, { placement: given })
  if (kind === 'recorded') stage.supervised.turn = undefined
}

const launching: StageWork = async (context, stage) => {
  try {
    const instances = await stage.limited((signal) => launchHealthy(context, { ...stage, signal }))
    const hosts = instances.map(({ id }) => id.host)
    await stage.record({ kind: 'downloading' }, { runtime: context.runtime.name, hosts })
  } catch (error) {
    return endAttempt(context, stage, error, clientError)
  }
}

/** An instance that is no good is replaced, and the job says so (behaviour 1.4.9). @throws InstanceError of the last launch */
async function launchHealthy(context: SupervisorContext, stage: Stage): Promise<readonly Instance[]> {
  // Whoever told this, before the server died maybe, came no further.
  if (stage.job.state.transitions.at(-1)?.message === MESSAGES.unhealthy) await replaceInstances(context, stage)
  for (let launches = 1; ; launches++) {
    try {
      return await launchInstances(context, stage)
    } catch (error) {
      if (!(error instanceof InstanceError) || error.fault !== 'platform' || launches === LAUNCHES) throw error
      context.log.warn({ jobId: stage.job.id, err: error }, 'an instance was unhealthy and is replaced')
      await stage.record({ kind: 'unhealthy' }, { cause: error.message })
      await replaceInstances(context, stage)
    }
  }
}

async function replaceInstances(context: SupervisorContext, stage: Stage): Promise<void> {
  await destroyInstances(context, stage)
  await stage.record({ kind: 'preparing' })
}
