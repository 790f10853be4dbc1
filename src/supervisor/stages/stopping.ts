import type { JobState } from '../../lifecycle/job.ts'
import { recordEvent } from '../../store/record-event.ts'
import type { StageWork } from '../context.ts'
import { instanceId } from './instance.ts'

/**
 * Stopping: SIGTERM, grace, SIGKILL (behaviour 3.9), then whatever lies in the output folders is uploaded. A job whose command never ran has nothing to
 * upload and is Stopped at once (behaviour 1.4.6).
 */
export const stopping: StageWork = async (context, stage) => {
  const { store, clock, runtime, config } = context
  const jobId = stage.job.id
  const instance = await runtime.find(instanceId(stage.job))
  if (!instance || !commandMayHaveRun(stage.job.state)) {
    await recordEvent(store, clock, { jobId, event: { kind: 'finished' } })
    return
  }
  await instance.stop({ graceMs: config.stop.grace, to: config.stop.signal, signal: stage.closing })
  const end = await instance.wait({ signal: stage.closing })
  const outcome = { kind: 'stopped' } as const
  await recordEvent(store, clock, { jobId, event: { kind: 'command-ended', outcome }, details: { end } })
}

function commandMayHaveRun(state: JobState): boolean {
  return (
    state.transitions.findLast(({ status }) => status === 'Training' || status === 'Starting')?.status === 'Training'
  )
}
