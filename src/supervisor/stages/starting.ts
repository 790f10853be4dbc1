import { recordEvent } from '../../store/record-event.ts'
import type { StageWork } from '../context.ts'
import { failJob } from './fail-job.ts'
import { launchInstances } from './instances.ts'

/** Starting and Pending, once the job has its turn: bring the instances up. */
export const starting: StageWork = async (context, stage) => {
  const { store, clock, runtime } = context
  const jobId = stage.job.id
  await recordEvent(store, clock, { jobId, event: { kind: 'preparing' } })
  try {
    const instances = await launchInstances(context, stage)
    const hosts = instances.map(({ id }) => id.host)
    await recordEvent(store, clock, {
      jobId,
      event: { kind: 'downloading' },
      details: { runtime: runtime.name, hosts },
    })
  } catch (error) {
    return failJob(context, stage.job, error, (message) => `ClientError: ${message}`)
  }
}
