import { chmod, lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../util/error-code.ts'

const LOCKED = ['EACCES', 'EPERM', 'ENOTEMPTY']
const TRIES = 3

/** Removes whatever is at `path`, also folders that a job has locked; links are removed, not followed. Nothing there is no error. */
export async function removeTree(path: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await rm(path, { recursive: true, force: true })
    } catch (error) {
      if (tries === TRIES || !LOCKED.includes(errorCode(error) ?? '')) throw error
      await unlock(path)
    }
  }
}

/** What a removal that has failed was about to remove may go while we look. */
async function unlock(path: string): Promise<void> {
  const stat = await lstat(path).catch(() => undefined)
  if (!stat?.isDirectory()) return
  await chmod(path, 0o700).catch(() => undefined)
  for (const name of await readdir(path).catch(() => [])) await unlock(join(path, name))
}
