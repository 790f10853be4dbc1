import { delimiter, join } from 'node:path'
import type { CliContext } from '../../../src/cli/cli-context.ts'
import { CommandError } from '../../../src/cli/cli-errors.ts'
import { compileConfig } from '../../../src/config/config.ts'
import { shellPython } from '../../../src/config/environments.ts'
import { PythonProbe } from '../../../src/runtime/process/python-access.ts'

export interface PythonChoice {
  readonly python: string
  /** Why it is not the shell's own. */
  readonly remark?: string
}

/**
 * The python of this shell; or, where jobs run as a user who cannot read it (a server of root's runs them as nobody in particular), the next on PATH that they can.
 *
 * @throws CommandError where there is none
 */
export async function choosePython({ environment, uid }: CliContext): Promise<PythonChoice> {
  const first = shellPython(environment)
  if (first === undefined)
    throw new CommandError('NoPython', 'There is no python3 on the PATH. Install Python 3.9 or later.')
  const jobs = compileConfig({}).process.uid
  const probe = new PythonProbe(uid === 0 ? { uid: jobs, gid: jobs } : undefined)
  for (const python of [first, ...onPath(environment['PATH'] ?? '')]) {
    const { usable } = await probe.access(python)
    if (!usable) continue
    return python === first ? { python } : { python, remark: `(the jobs of root cannot read ${first})` }
  }
  throw new CommandError(
    'NoPython',
    `Jobs run as uid ${jobs}, which can read neither ${first} nor any other python3 on the PATH. Install one below /usr, or run the demo as another user.`,
  )
}

function onPath(path: string): readonly string[] {
  return path
    .split(delimiter)
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, 'python3'))
}
