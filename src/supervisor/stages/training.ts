import { algorithmError } from '../../lifecycle/failure-reason.ts'
import { InstanceError, type Instance, type InstanceEnd } from '../../runtime/runtime.ts'
import { recordEvent } from '../../store/record-event.ts'
import type { Stage, StageWork, SupervisorContext } from '../context.ts'
import { within } from '../limits.ts'
import { outcomeOf } from '../outcome.ts'
import { failJob, instanceId } from './instance.ts'

/** Training: the command runs until it ends or its time is used up. The status is recorded first, because starting twice is starting once. */
export const training: StageWork = async (context, stage) => {
  const { store, clock } = context
  const jobId = stage.job.id
  try {
    const end = await run(context, stage)
    const outcome = outcomeOf(end)
    if (outcome === 'platform-fault') throw lost(end)
    await recordEvent(store, clock, { jobId, event: { kind: 'command-ended', outcome }, details: { end } })
  } catch (error) {
    return failJob(context, stage.job, error, (message) => algorithmError(message, 1))
  }
}

async function run(context: SupervisorContext, stage: Stage): Promise<InstanceEnd> {
  const limit = { clock: context.clock, deadline: stage.runtimeDeadline(), signal: stage.signal }
  return within(limit, async (signal) => {
    const instance = await existingInstance(context, stage)
    await instance.start({ signal })
    context.metrics.follow(stage.job, stage.request)
    return instance.wait({ signal })
  })
}

async function existingInstance(context: SupervisorContext, stage: Stage): Promise<Instance> {
  const instance = await context.runtime.find(instanceId(stage.job))
  if (!instance) throw new InstanceError('platform', 'Nothing is left of the instance that the record says is running')
  return instance
}

function lost(end: InstanceEnd): InstanceError {
  return new InstanceError('platform', end.kind === 'lost' ? end.detail : 'The instance was lost')
}
