import { constants } from 'node:fs'
import { copyFile, open, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { networkFileSystem } from '../../data-folder/network-file-system.ts'
import { formatBytes, formatDuration } from '../terminal/format.ts'
import type { Examined } from './examined.ts'
import { had, missing, type Finding } from './finding.ts'

const LOCAL_DISK = { group: 'storage', name: 'local disk', required: true } as const
const SPACE = { group: 'storage', name: 'disk space', required: true } as const
const SYNC = { group: 'storage', name: 'sync' } as const
const REFLINK = { group: 'storage', name: 'reflink' } as const

/** Below this a server can hardly keep its own record. */
const LEAST_BYTES = 100e6
const LEAST_TRIAL_BYTES = 1e6
const LOW_BYTES = 5e9
/** Every change of a job waits for one; a disk that takes longer than this makes itself felt. */
const SLOW_SYNC_MS = 25
const SYNCS = 7

/** The disk that the data folder lies on, or will. */
export async function examineStorage({ folder, dataFolder }: Examined): Promise<readonly Finding[]> {
  const plain = [examineKind(folder), examineSpace(folder, dataFolder)]
  const tries = (await isFull(folder)) ? [] : [examineSync(folder), examineReflink(folder)]
  return Promise.all([...plain, ...tries])
}

/** Whether nothing can be tried on the disk: every try writes a little. */
export async function isFull(folder: string): Promise<boolean> {
  return (await freeBytes(folder)) < LEAST_TRIAL_BYTES
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

async function examineKind(folder: string): Promise<Finding> {
  const network = await networkFileSystem(folder)
  if (network === undefined) return had(LOCAL_DISK, 'the data folder lies on a disk of this machine')
  const why = 'Its locks and syncs cannot be relied on, so a server refuses to start there.'
  return missing(LOCAL_DISK, {
    detail: `${network} is a network file system`,
    why,
    cure: 'choose a folder on a local disk with --data',
  })
}

async function examineSpace(folder: string, dataFolder: string): Promise<Finding> {
  const free = await freeBytes(folder)
  if (free >= LOW_BYTES) return had(SPACE, `${formatBytes(free)} free`)
  const why = 'Jobs need room for their channels, logs and models.'
  const cure = `free some space, or choose a folder on another disk with --data (now ${dataFolder})`
  return missing({ ...SPACE, required: free < LEAST_BYTES }, { detail: `only ${formatBytes(free)} free`, why, cure })
}

async function examineSync(folder: string): Promise<Finding> {
  return syncFinding(await medianSync(join(folder, 'sync')))
}

/** What a sync of so many milliseconds comes to. */
export function syncFinding(milliseconds: number): Finding {
  const time = milliseconds < 0.5 ? 'under 1 ms' : formatDuration(milliseconds)
  const detail = `${time} to put a record on the disk`
  if (milliseconds < SLOW_SYNC_MS) return had(SYNC, detail)
  const why = 'Every change of a job waits for it, so requests that create or stop jobs are slow.'
  return missing(SYNC, { detail, why, cure: 'put the data folder on a solid-state disk (--data)' })
}

async function medianSync(path: string): Promise<number> {
  const file = await open(path, 'w', 0o600)
  try {
    const times: number[] = []
    for (let turn = 0; turn < SYNCS; turn++) {
      const begun = performance.now()
      await file.write(Buffer.alloc(4096, turn), 0, 4096, 0)
      await file.sync()
      times.push(performance.now() - begun)
    }
    return times.sort((a, b) => a - b)[(SYNCS - 1) / 2] ?? 0
  } finally {
    await file.close()
  }
}

async function examineReflink(folder: string): Promise<Finding> {
  const source = join(folder, 'original')
  await writeFile(source, 'bytes')
  try {
    await copyFile(source, join(folder, 'clone'), constants.COPYFILE_FICLONE_FORCE)
    return had(REFLINK, 'files are cloned, not copied')
  } catch {
    const why = 'Where overlays cannot be had either, channels are copied; backups copy bytes.'
    const cure = 'keep the data folder on btrfs, or on xfs made with reflink=1 (--data)'
    return missing(REFLINK, { detail: 'this file system cannot clone files', why, cure })
  }
}
