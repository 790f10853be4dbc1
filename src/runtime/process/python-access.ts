import { execFile } from 'node:child_process'
import { realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { SYSTEM_PATH } from '../../agent/environment.ts'
import type { JobUser } from '../../agent/messages.ts'
import { dropPrivileges } from '../../agent/sandbox/box.ts'

/** What a python says of itself. */
export interface PythonPlaces {
  readonly executable: string
  /** Absolute paths: the folders without which it does not run. */
  readonly prefixes: readonly string[]
}

export type PythonAccess =
  | { readonly usable: true; readonly python: PythonPlaces }
  | { readonly usable: false; readonly reason: string }

const LONGEST_MS = 20_000
/** Imports something of the standard library that is a file of its own, so that a readable program with an unreadable library is found out. */
const QUESTION = 'import json, sys; print(json.dumps([sys.executable, sys.prefix, sys.base_prefix]))'

/** Runs the python as the job's user, which is the only answer that counts; what it says is remembered as long as its file stays the same. */
export class PythonProbe {
  readonly #user: JobUser | undefined
  readonly #known = new Map<string, { readonly stamp: string; readonly access: PythonAccess }>()

  /** @param user the job's, where it is not our own */
  constructor(user: JobUser | undefined) {
    this.#user = user
  }

  async access(python: string): Promise<PythonAccess> {
    const stamp = stampOf(python)
    if (stamp === undefined) return unusable(`${python} does not exist, or lies where this server may not look`)
    const known = this.#known.get(python)
    if (known?.stamp === stamp) return known.access
    const access = await this.#ask(python)
    // What failed may be mended without a change to the file itself.
    if (access.usable) this.#known.set(python, { stamp, access })
    return access
  }

  async #ask(python: string): Promise<PythonAccess> {
    // Through env, because setpriv still has root's capabilities when it executes what it is given: it would start a python that no job can.
    const command = this.#user ? [...dropPrivileges(this.#user), '/usr/bin/env', python] : [python]
    const [program, ...args] = [...command, '-I', '-c', QUESTION]
    const options = { cwd: '/', env: { PATH: `${dirname(python)}:${SYSTEM_PATH}`, HOME: '/' }, timeout: LONGEST_MS }
    try {
      const { stdout } = await promisify(execFile)(program, args, options)
      return usable(stdout)
    } catch (error) {
      return unusable(this.#why(python, error))
    }
  }

  /** The first folder on the way that the user may not enter, if that is why. */
  #why(python: string, error: unknown): string {
    const user = this.#user
    const closed = user && closedFolder(python, user)
    if (user && closed !== undefined) {
      return (
        `the user that jobs run as (uid ${user.uid}) cannot reach ${python}, because ${closed} is closed to it: ` +
        `make it readable (chmod o+x ${closed}), or use a python elsewhere, such as one below /usr or /opt`
      )
    }
    return `${python} does not run${user ? ` as uid ${user.uid}` : ''}: ${lastLine(error)}`
  }
}

/** Changes whenever another file is at that place, also behind a link; undefined where none can be seen. */
function stampOf(python: string): string | undefined {
  try {
    const { dev, ino, mtimeMs, ctimeMs } = statSync(python)
    return `${dev}:${ino}:${mtimeMs}:${ctimeMs}`
  } catch {
    return undefined
  }
}

function usable(stdout: string): PythonAccess {
  const answer: unknown = JSON.parse(stdout)
  if (!Array.isArray(answer) || !answer.every((part) => typeof part === 'string')) {
    return unusable(`it answers like no python: ${stdout.slice(0, 200)}`)
  }
  const [executable = '', ...prefixes] = answer
  return { usable: true, python: { executable, prefixes } }
}

function unusable(reason: string): PythonAccess {
  return { usable: false, reason }
}

/** By the mode bits along the path, links resolved; undefined where they do not forbid it. */
function closedFolder(path: string, user: JobUser): string | undefined {
  return [path, realpathSync(path)].flatMap(above).find((folder) => !mayEnter(folder, user))
}

/** Every folder that lies on the way to a path, from the root on. */
function above(path: string): string[] {
  const parts = dirname(path).split('/').slice(1)
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)
}

function mayEnter(folder: string, { uid, gid }: JobUser): boolean {
  const stat = statSync(folder)
  const shift = stat.uid === uid ? 6 : stat.gid === gid ? 3 : 0
  return ((stat.mode >> shift) & 1) === 1
}

function lastLine(error: unknown): string {
  const stderr =
    error instanceof Error && 'stderr' in error && typeof error.stderr === 'string' ? error.stderr.trim() : ''
  return stderr === '' ? String(error) : (stderr.split('\n').at(-1) ?? '')
}
