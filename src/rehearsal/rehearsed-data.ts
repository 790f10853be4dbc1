import type { JobClock } from '../clock/clock.ts'
import { IMAGE_REFUSED } from '../lifecycle/failure-reason.ts'
import { InstanceError, type ChannelData, type ChannelFile, type PullOptions } from '../runtime/runtime.ts'
import type { JobRehearsal } from './job-rehearsal.ts'

interface Pace {
  readonly clock: JobClock
  readonly signal: AbortSignal
}

const REFUSED = { read: 'Unable to read the data', write: 'Unable to write the artifacts' } as const

/** @throws InstanceError where the rehearsal lets the object store fail */
export async function failStore(rehearsal: JobRehearsal, access: 'read' | 'write'): Promise<void> {
  const taken = await rehearsal.takeFirst('fail-store', (injection) => !injection.stage && injection.access === access)
  if (taken) throw new InstanceError(taken.fault, `${REFUSED[access]} (SlowDown: Please reduce your request rate.)`)
}

/** @throws InstanceError where the rehearsal lets the image be refused */
export async function failImage(rehearsal: JobRehearsal, { fetching }: PullOptions): Promise<void> {
  if (!(await rehearsal.takeFirst('fail-image'))) return
  await fetching()
  throw new InstanceError('client', IMAGE_REFUSED)
}

/** Lasts as long as so many bytes take at the rate of the rehearsal, if it has one. */
export async function slowStore(rehearsal: JobRehearsal, { clock, signal }: Pace, bytes: number): Promise<void> {
  const slow = bytes === 0 ? undefined : await rehearsal.lasting('slow-store')
  if (slow) await clock.sleep((bytes / slow.injection.bytesPerSecond) * 1000, { signal })
}

/** The files of a channel, each once the object store has had its time for it. */
export function slowed(rehearsal: JobRehearsal, channel: ChannelData, pace: Pace): ChannelData {
  if (!rehearsal.plan.injections.some(({ kind }) => kind === 'slow-store')) return channel
  return { ...channel, files: slowFiles(rehearsal, channel.files, pace) }
}

async function* slowFiles(
  rehearsal: JobRehearsal,
  files: AsyncIterable<ChannelFile>,
  pace: Pace,
): AsyncGenerator<ChannelFile> {
  for await (const file of files) {
    await slowStore(rehearsal, pace, file.size)
    yield file
  }
}
