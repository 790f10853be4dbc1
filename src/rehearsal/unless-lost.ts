import { InstanceError, type InstanceId } from '../runtime/runtime.ts'
import { linkedController, type LinkedController } from '../util/linked-controller.ts'
import type { JobRehearsal } from './job-rehearsal.ts'

/**
 * Does work on instances unless one of them is lost before or meanwhile; the work's signal aborts then, and its end is awaited.
 * @throws InstanceError of the platform, or whatever the work throws
 */
export async function unlessLost<Result>(
  rehearsal: JobRehearsal,
  ids: readonly InstanceId[],
  { signal }: { readonly signal?: AbortSignal },
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  using losing = linkedController(signal)
  for (const id of ids) {
    const known = rehearsal.endOf(id)?.end
    if (known?.kind === 'lost') throw new InstanceError('platform', known.detail)
    void loseWith(rehearsal, id, losing)
  }
  try {
    return await work(losing.signal)
  } catch (error) {
    const { reason } = losing.signal
    // Whatever the work makes of its signal.
    throw reason instanceof InstanceError ? reason : error
  }
}

async function loseWith(rehearsal: JobRehearsal, id: InstanceId, losing: LinkedController): Promise<void> {
  const { end } = await rehearsal.ended(id)
  if (end.kind === 'lost') losing.abort(new InstanceError('platform', end.detail))
}
