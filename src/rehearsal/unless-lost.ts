import { InstanceError, type InstanceId } from '../runtime/runtime.ts'
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
  const losing = new AbortController()
  for (const id of ids) {
    const known = rehearsal.endOf(id)?.end
    if (known?.kind === 'lost') throw new InstanceError('platform', known.detail)
    void loseWith(rehearsal, id, losing)
  }
  try {
    return await work(AbortSignal.any([losing.signal, ...(signal ? [signal] : [])]))
  } catch (error) {
    if (losing.signal.aborted) throw losing.signal.reason
    throw error
  }
}

async function loseWith(rehearsal: JobRehearsal, id: InstanceId, losing: AbortController): Promise<void> {
  const { end } = await rehearsal.ended(id)
  if (end.kind === 'lost') losing.abort(new InstanceError('platform', end.detail))
}
