import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

export type Tried =
  | { readonly worked: true; readonly stdout: string }
  /** `installed` is false where there is no such program on the path. */
  | { readonly worked: false; readonly installed: boolean; readonly reason: string }

const LONGEST_MS = 5000
/** Where system programs lie, which an ordinary user's path may not name. */
const SYSTEM_FOLDERS = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Runs a program to its end, five seconds at most. Never rejects. */
export async function tryProgram(program: string, ...args: readonly string[]): Promise<Tried> {
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:${SYSTEM_FOLDERS}`, LC_ALL: 'C' }
  try {
    const { stdout } = await promisify(execFile)(program, args, { env, timeout: LONGEST_MS, killSignal: 'SIGKILL' })
    return { worked: true, stdout }
  } catch (error) {
    const { code, stderr, killed } = error as NodeJS.ErrnoException & { stderr?: string; killed?: boolean }
    // Where the path has a folder that is closed to this user, EACCES is said of what is in none.
    if (code === 'ENOENT' || code === 'EACCES')
      return { worked: false, installed: false, reason: `${program} is not installed` }
    if (killed === true) return { worked: false, installed: true, reason: `${program} does not end` }
    return { worked: false, installed: true, reason: stderr?.trim() || String(error) }
  }
}
