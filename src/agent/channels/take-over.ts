import { existsSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../../util/error-code.ts'
import { readRecord, type InstanceFolder } from '../instance-folder.ts'
import type { ChannelSummary, JobUser, LaunchOrder } from '../messages.ts'
import { removeTree } from '../remove-tree.ts'
import type { DownloadRecord } from './download-record.ts'

/** What an earlier instance has left, and whose files they are. */
export interface LeftInputs {
  readonly place: InstanceFolder
  readonly order: LaunchOrder
  readonly record: DownloadRecord
}

/** @returns undefined where nothing is left, or its removal has begun */
export function leftInputs(place: InstanceFolder): LeftInputs | undefined {
  const record = readRecord<DownloadRecord>(place.downloaded)
  const order = readRecord<LaunchOrder>(place.order)
  return record && order ? { place, order, record } : undefined
}

/**
 * Takes over an overlay's farm of links, which the command above it could not change, if the channel has the very same objects by the same names.
 *
 * @param lower an empty folder, in whose place the farm goes; it is empty again where nothing is taken
 */
export async function takeOver(
  { place, order, record }: LeftInputs,
  channel: ChannelSummary,
  { lower, owner }: { readonly lower: string; readonly owner: JobUser | undefined },
): Promise<boolean> {
  const isSame = record.channels?.some(({ name, digest }) => name === channel.name && digest === channel.digest)
  if (!isSame || order.plan.jobUser?.uid !== owner?.uid || order.plan.jobUser?.gid !== owner?.gid) return false
  try {
    await rename(join(place.overlays, channel.name, 'lower'), lower)
  } catch (error) {
    // It was no overlay, has been taken before, or lies on another disk.
    if (['ENOENT', 'EXDEV'].includes(errorCode(error) ?? '')) return false
    throw error
  }
  // Whoever removes what is left removes this record first: as long as it is there, nothing of the farm had gone.
  if (existsSync(place.downloaded)) return true
  await removeTree(lower)
  await mkdir(lower)
  return false
}
