import type { Downloaded } from '../../runtime/runtime.ts'
import { readRecord, type InstanceFolder } from '../instance-folder.ts'
import type { ChannelSummary } from '../messages.ts'
import type { OverlayMount } from '../sandbox/box.ts'

/** What is known of a download that is complete. */
export interface DownloadRecord {
  readonly overlays: readonly OverlayMount[]
  /** Absent where an earlier version of this program wrote it. */
  readonly channels?: readonly ChannelSummary[]
  /** Names of the channels that an earlier instance left. */
  readonly takenOver?: readonly string[]
}

/** @returns undefined while the download is not complete */
export function downloadedOf(place: InstanceFolder): Downloaded | undefined {
  const record = readRecord<DownloadRecord>(place.downloaded)
  return record && { takenOver: record.takenOver ?? [] }
}

/** The overlays that the download decided on; they are mounted when the command starts. */
export function overlaysOf(place: InstanceFolder): readonly OverlayMount[] {
  return readRecord<DownloadRecord>(place.downloaded)?.overlays ?? []
}
