import type { JobState } from '../../lifecycle/job.ts'
import type { SecondaryStatus } from '../../lifecycle/status.ts'
import type { StageWork } from '../context.ts'
import { endsOf, stopAll } from './ends.ts'
import { findInstances } from './instances.ts'

/**
 * Stopping: SIGTERM, grace, SIGKILL on every host (behaviour 3.9), then whatever lies in the output folders is uploaded. A job whose commands never ran has
 * nothing to upload and is Stopped at once (behaviour 1.4.6).
 */
export const stopping: StageWork = async (context, stage) => {
  const { instances } = await findInstances(context, stage)
  if (instances.length === 0 || !commandMayHaveRun(stage.job.state)) {
    await stage.record({ kind: 'finished' })
    return
  }
  await stopAll(context, instances, stage.closing)
  const ends = await endsOf(instances, stage.closing)
  await stage.record({ kind: 'command-ended', outcome: { kind: 'stopped' } }, { ends })
}

/** Since the last attempt began, or was given up. */
const TURNS: readonly SecondaryStatus[] = ['Training', 'Starting', 'Interrupted', 'Restarting']

function commandMayHaveRun(state: JobState): boolean {
  return state.transitions.findLast(({ status }) => TURNS.includes(status))?.status === 'Training'
}
