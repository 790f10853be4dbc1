import { watch, type FSWatcher } from 'node:fs'
import type { JobClock } from '../clock/clock.ts'
import { linkedController, type LinkedController } from './linked-controller.ts'

const LOOK_AGAIN_MS = 100

/**
 * Waits until `look` finds something. Looks whenever something happens in the folder, and now and then anyway.
 * @throws what `look` throws; the signal's reason
 */
export async function untilInFolder<T>(
  folder: string,
  { clock, signal }: { readonly clock: Pick<JobClock, 'sleep'>; readonly signal?: AbortSignal },
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  let round: LinkedController | undefined
  const watcher = watchFolder(folder, () => round?.abort(new Error('Something has happened in the folder')))
  try {
    for (;;) {
      signal?.throwIfAborted()
      // Before looking, so that what happens meanwhile is seen.
      using looking = linkedController(signal)
      round = looking
      const found = await look()
      if (found !== undefined) return found
      await clock.sleep(LOOK_AGAIN_MS, { signal: looking.signal }).catch(() => undefined)
    }
  } finally {
    watcher?.close()
  }
}

/** @returns undefined where the machine has no watch left to give */
function watchFolder(folder: string, changed: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, changed)
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}
