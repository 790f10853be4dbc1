import { chmod, lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from './instance-folder.ts'

/** Removes whatever is at `path`, also folders that a job has locked; links are removed, not followed. Nothing there is no error. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true })
  } catch (error) {
    if (!['EACCES', 'EPERM', 'ENOTEMPTY'].includes(errorCode(error) ?? '')) throw error
    await unlock(path)
    await rm(path, { recursive: true, force: true })
  }
}

async function unlock(path: string): Promise<void> {
  const stat = await lstat(path).catch(() => undefined)
  if (!stat?.isDirectory()) return
  await chmod(path, 0o700)
  for (const name of await readdir(path)) await unlock(join(path, name))
}
