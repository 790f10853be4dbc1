import { readlinkSync, renameSync, symlinkSync, unlinkSync, watch, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { JobClock } from '../../clock/clock.ts'
import { linkedController } from '../../util/linked-controller.ts'
import { errorCode, type InstanceFolder } from '../instance-folder.ts'

const LOOK_AGAIN_MS = 1000

/**
 * Makes `link` point to the instance's `/opt/ml`, waiting while it points to another's: making a link that is there fails, so it is the lock as well.
 * One whose instance has gone is nobody's.
 */
export async function takeLink(
  link: string,
  place: InstanceFolder,
  { clock, signal }: { readonly clock: JobClock; readonly signal: AbortSignal },
): Promise<void> {
  while (!tryTake(link, place.ml)) {
    signal.throwIfAborted()
    await changed(link, clock, signal)
  }
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

/** Until something happens beside the link, and now and then anyway. */
async function changed(link: string, clock: JobClock, signal: AbortSignal): Promise<void> {
  using looking = linkedController(signal)
  const wake = () => looking.abort(new Error('Something has happened beside the link'))
  const watcher = watch(dirname(link), wake)
  watcher.on('error', wake)
  try {
    await clock.sleep(LOOK_AGAIN_MS, { signal: looking.signal })
  } catch {
    signal.throwIfAborted()
  } finally {
    watcher.close()
  }
}
