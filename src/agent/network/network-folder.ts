import { join } from 'node:path'
import type { InstanceId } from '../../runtime/runtime.ts'
import { NETWORK_FOLDER } from '../instance-folder.ts'

/** Where everything of one job's network lies. As with instances, whoever opens it finds the same. */
export interface NetworkFolder {
  readonly folder: string
  /** Seen full by the holder only: each instance's network namespace as `algo-K`, its `/sys` as `sys-K`. */
  readonly ns: string
  /** Made by whoever decides whether there will be a network: its holder, or the one that calls it off. */
  readonly claim: string
  /** Boot id and the holder's own line of /proc/self/stat. */
  readonly holder: string
  /** There once instances can join. */
  readonly ready: string
  readonly log: string
  /** As `claim` and `holder`, of the process that is the way to other machines. */
  readonly uplinkClaim: string
  readonly uplink: string
  /** Not empty once there is a way to other machines. */
  readonly open: string
}

/** @param dataFolder absolute; without links where instances are to join, because they look for it from within the holder's mounts */
export function networkFolder(dataFolder: string, { jobId, attempt }: Omit<InstanceId, 'host'>): NetworkFolder {
  const folder = join(dataFolder, 'jobs', jobId, String(attempt), NETWORK_FOLDER)
  return {
    folder,
    ns: join(folder, 'ns'),
    claim: join(folder, 'claim'),
    holder: join(folder, 'holder'),
    ready: join(folder, 'ready'),
    log: join(folder, 'log'),
    uplinkClaim: join(folder, 'uplink-claim'),
    uplink: join(folder, 'uplink'),
    open: join(folder, 'open'),
  }
}
