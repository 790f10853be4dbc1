import { Command } from 'commander'
import type { CliContext } from './cli-context.ts'
import { addAgent } from './commands/agent.ts'
import { addBackup, addRestore } from './commands/backup.ts'
import { addCompletion } from './commands/completion.ts'
import { addDelete } from './commands/delete.ts'
import { addDescribe } from './commands/describe.ts'
import { addDoctor } from './commands/doctor.ts'
import { addEnv } from './commands/env.ts'
import { addFetch } from './commands/fetch.ts'
import { addJobs } from './commands/jobs.ts'
import { addKeys } from './commands/keys.ts'
import { addLogs } from './commands/logs.ts'
import { addPrune } from './commands/prune.ts'
import { addRun } from './commands/run.ts'
import { addServe } from './commands/serve.ts'
import { addSetup } from './commands/setup.ts'
import { addStop } from './commands/stop.ts'
import { addTag } from './commands/tag.ts'
import { addWatch } from './commands/watch.ts'
import { exitCodeHelp } from './exit-codes.ts'
import { VERSION } from './version.ts'

const DATA_HELP = `Where the data is: --data, else TRAINYARD_DATA, else $XDG_DATA_HOME/trainyard or
~/.local/share/trainyard (/var/lib/trainyard for root).`

/** The whole command line. Wrong usage is thrown as CommanderError, after commander has said what is wrong. */
export function createProgram(context: CliContext): Command {
  const program = new Command('trainyard')
    .description('Runs Amazon SageMaker training jobs on your own machine.')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(try --help)')
    .addHelpText('after', `\n${exitCodeHelp()}\n\n${DATA_HELP}`)
  for (const add of [
    addServe,
    addEnv,
    addRun,
    addFetch,
    addJobs,
    addDescribe,
    addWatch,
    addLogs,
    addStop,
    addDelete,
    addTag,
    addKeys,
    addBackup,
    addRestore,
    addPrune,
    addDoctor,
    addCompletion,
    addSetup,
    addAgent,
  ]) {
    add(program, context)
  }
  return program
}
