import { readlinkSync, renameSync, symlinkSync, unlinkSync, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { JobClock } from '../../clock/clock.ts'
import { errorCode } from '../../util/error-code.ts'
import { untilInFolder } from '../../util/until-in-folder.ts'
import type { InstanceFolder } from '../instance-folder.ts'

/**
 * Makes `link` point to the instance's `/opt/ml`, waiting while it points to another's: making a link that is there fails, so it is the lock as well.
 * One whose instance has gone is nobody's.
 */
export async function takeLink(
  link: string,
  place: InstanceFolder,
  waiting: { readonly clock: JobClock; readonly signal: AbortSignal },
): Promise<void> {
  await untilInFolder(dirname(link), waiting, () => tryTake(link, place.ml) || undefined)
}

function tryTake(link: string, target: string): boolean {
  try {
    symlinkSync(target, link)
    return true
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
  const holder = holderOf(link)
  if (holder === target) return true
  if (holder === undefined) return tryTake(link, target)
  if (existsSync(holder)) return false
  removeStale(link, holder)
  return tryTake(link, target)
}

/** Only what still points where it did is removed: another one may have been quicker. */
function removeStale(link: string, holder: string): void {
  const aside = `${link}.${process.pid}`
  try {
    renameSync(link, aside)
    if (holderOf(aside) === holder) unlinkSync(aside)
    else renameSync(aside, link)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

export function releaseLink(link: string, place: InstanceFolder): void {
  if (holdsLink(link, place)) unlinkSync(link)
}

/** Whether the machine's `/opt/ml` is this instance's. */
export function holdsLink(link: string, place: InstanceFolder): boolean {
  return holderOf(link) === place.ml
}

function holderOf(link: string): string | undefined {
  try {
    return readlinkSync(link)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
