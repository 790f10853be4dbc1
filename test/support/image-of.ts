import { cpSync, rmSync } from 'node:fs'
import { errorCode } from '../../src/util/error-code.ts'

/**
 * Copies what the files of a folder hold while nothing of this process runs, as the kernel keeps it when a process is killed. A thread of this process may still be at a
 * call that was under way: where a file went while it was copied all is copied again, and what the thread leaves is as good a moment.
 */
export function imageOf(folder: string, copy: string): void {
  while (!isCopied(folder, copy)) rmSync(copy, { recursive: true, force: true })
}

function isCopied(folder: string, copy: string): boolean {
  try {
    cpSync(folder, copy, { recursive: true })
    return true
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    return false
  }
}
