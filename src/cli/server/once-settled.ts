import { DataFolderError, type FolderUser } from '../../data-folder/data-folder-error.ts'
import { untilInFolder } from '../../util/until-in-folder.ts'
import type { CliContext } from '../cli-context.ts'

/** Milliseconds. A server says where it listens in a fraction of a second, or later where it brings a large record up to date first or the machine is busy. */
const LONGEST_WAIT = 30_000

interface Waiting {
  /** Ends the waiting, not an attempt that is under way. */
  readonly signal?: AbortSignal
  /** Whether it is vain to wait for whoever has the folder; asked each time that somebody has. */
  readonly isVain?: (user: FolderUser | undefined) => boolean | Promise<boolean>
}

/**
 * Does something by the server of a folder or, where none runs, with the folder itself. If that is in use by a server that cannot be found, one is
 * starting or ending just now, or by another command: then it is tried again, whenever something happens in the folder.
 *
 * @param attempt looks for the server first
 * @throws what the attempt throws; DataFolderError `InUse` only where that lasts, or it is vain to wait; the signal's reason
 */
export async function onceSettled<T>(
  { clock }: Pick<CliContext, 'clock'>,
  dataFolder: string,
  attempt: () => Promise<T>,
  { isVain = () => false, ...waiting }: Waiting = {},
): Promise<T> {
  const deadline = clock.monotonic() + LONGEST_WAIT
  const { value } = await untilInFolder(dataFolder, { clock, ...waiting }, async () => {
    try {
      return { value: await attempt() }
    } catch (error) {
      if (!isInUse(error) || clock.monotonic() >= deadline || (await isVain(error.user))) throw error
      return undefined
    }
  })
  return value
}

function isInUse(error: unknown): error is DataFolderError {
  return error instanceof DataFolderError && error.code === 'InUse'
}
