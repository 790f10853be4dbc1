import type { Instance, InstanceEnd } from '../../runtime/runtime.ts'
import { together } from '../../util/together.ts'
import type { SupervisorContext } from '../context.ts'
import { outcomeOf } from '../outcome.ts'

/** How the command of one host ended. */
export interface HostEnd {
  readonly host: string
  readonly end: InstanceEnd
}

/** SIGTERM to every host's command, SIGKILL once the grace is over (behaviour 3.9). */
export async function stopAll(
  { config }: SupervisorContext,
  instances: readonly Instance[],
  signal: AbortSignal,
): Promise<void> {
  await together(instances, signal, (instance, shared) =>
    instance.stop({ graceMs: config.stop.grace, to: config.stop.signal, signal: shared }),
  )
}

/** By host, once all commands have ended and their logs are sealed. */
export async function endsOf(
  instances: readonly Instance[],
  signal: AbortSignal,
): Promise<Readonly<Record<string, InstanceEnd>>> {
  const ends = await together(
    instances,
    signal,
    async (instance, shared) => [instance.id.host, await instance.wait({ signal: shared })] as const,
  )
  return Object.fromEntries(ends)
}

/**
 * Waits until every host's command has ended well, which an early one does not hasten, or one has not (behaviour 3.12).
 *
 * @param instances in numeric order
 * @returns the host that failed first, of those that failed in the same millisecond the lowest; undefined where all have ended well
 */
export async function firstFailure(instances: readonly Instance[], signal: AbortSignal): Promise<HostEnd | undefined> {
  try {
    await together(instances, signal, async (instance, shared) => {
      const end = await instance.wait({ signal: shared })
      if (outcomeOf(end).kind !== 'succeeded') throw new HostFailed({ host: instance.id.host, end })
    })
    return undefined
  } catch (error) {
    if (!(error instanceof HostFailed)) throw error
    return earliest(instances, error.seen, signal)
  }
}

/** Ends the waits for the other hosts. */
class HostFailed extends Error {
  override readonly name = 'HostFailed'
  readonly seen: HostEnd

  constructor(seen: HostEnd) {
    super('A host has decided how its job ends')
    this.seen = seen
  }
}

/** What is seen first need not have come first: several may have failed while no server was there. */
async function earliest(instances: readonly Instance[], seen: HostEnd, signal: AbortSignal): Promise<HostEnd> {
  if (outcomeOf(seen.end).kind === 'lost') return seen
  const times = await Promise.all(instances.map((instance) => instance.endedAt()))
  let first: (HostEnd & { readonly at: number }) | undefined
  for (const [index, instance] of instances.entries()) {
    const at = times[index]
    if (at === undefined || (first && first.at <= at)) continue
    const end = await instance.wait({ signal })
    if (outcomeOf(end).kind === 'failed') first = { host: instance.id.host, end, at }
  }
  return first ? { host: first.host, end: first.end } : seen
}
