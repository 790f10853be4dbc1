import { DataFolderError } from '../../data-folder/data-folder-error.ts'
import { untilInFolder } from '../../util/until-in-folder.ts'
import type { CliContext } from '../cli-context.ts'

/** Milliseconds. A server says where it listens in a fraction of a second, or later where it brings a large record up to date first. */
const LONGEST_START = 15_000

/**
 * Does something by the server of a folder or, where none runs, with the folder itself. If that is in use by a server that cannot be found, one is
 * starting or ending just now: then it is tried again, whenever something happens in the folder.
 *
 * @param attempt looks for the server first
 * @throws what the attempt throws; DataFolderError `InUse` only where that lasts
 */
export async function onceSettled<T>(
  { clock }: Pick<CliContext, 'clock'>,
  dataFolder: string,
  attempt: () => Promise<T>,
): Promise<T> {
  const deadline = clock.monotonic() + LONGEST_START
  const { value } = await untilInFolder(dataFolder, { clock }, async () => {
    try {
      return { value: await attempt() }
    } catch (error) {
      if (!isInUse(error) || clock.monotonic() >= deadline) throw error
      return undefined
    }
  })
  return value
}

function isInUse(error: unknown): boolean {
  return error instanceof DataFolderError && error.code === 'InUse'
}
