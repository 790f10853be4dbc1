import { recordEvent } from '../../store/record-event.ts'
import type { StageWork } from '../context.ts'
import { failJob, launchInstance } from './instance.ts'

/** Starting and Pending: wait for a turn, bring the instance up. */
export const starting: StageWork = async (context, stage) => {
  const { store, clock, scheduler } = context
  const jobId = stage.job.id
  await scheduler.turn(jobId, { signal: stage.signal })
  await recordEvent(store, clock, { jobId, event: { kind: 'preparing' } })
  try {
    await launchInstance(context, stage)
  } catch (error) {
    return failJob(context, stage.job, error, (message) => `ClientError: ${message}`)
  }
  await recordEvent(store, clock, { jobId, event: { kind: 'downloading' }, details: { runtime: context.runtime.name } })
}
