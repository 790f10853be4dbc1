import type { Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { CommandError } from '../cli-errors.ts'
import { makeOptMlLink } from '../setup/make-opt-ml-link.ts'
import { OPT_ML, SETUP_FOLDER } from '../../runtime/process/opt-ml-link.ts'

export function addSetup(program: Command, context: CliContext): void {
  program
    .command('setup')
    .description('once, with sudo, where user namespaces cannot be had: makes /opt/ml a link that you may set')
    .action(() => setup(context))
}

/** The user is the one who called sudo: the server must not need root to set the link. */
function setup({ environment, out, uid }: CliContext): void {
  if (uid !== 0)
    throw new CommandError(
      'NotPermitted',
      `${OPT_ML} can only be made by root. Run: sudo ${process.argv[1] ?? 'trainyard'} setup`,
    )
  const owner = { uid: idOf(environment['SUDO_UID']), gid: idOf(environment['SUDO_GID']) }
  makeOptMlLink({ optMl: OPT_ML, folder: SETUP_FOLDER, owner })
  const who = environment['SUDO_USER'] ?? 'root'
  out.lines(
    `${OPT_ML} is now a link into ${SETUP_FOLDER}, which belongs to ${who}.`,
    'Servers of this user give each job, one at a time, its own /opt/ml by it.',
  )
}

function idOf(text: string | undefined): number {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : 0
}
