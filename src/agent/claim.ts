import { closeSync, openSync } from 'node:fs'
import { errorCode } from '../util/error-code.ts'

/** How a script of ours ends when the claim that it needs is not its own. */
export const CLAIMED = 75

/** @returns whether the claim is ours, and what it stands for will never begin */
export function claim(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', 0o600))
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}
