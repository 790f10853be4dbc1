import { Command } from 'commander'
import type { CliContext } from './cli-context.ts'
import { exitCodeHelp } from './exit-codes.ts'
import { VERSION } from './version.ts'

const DATA_HELP = `Where the data is: --data, else TRAINYARD_DATA, else $XDG_DATA_HOME/trainyard or
~/.local/share/trainyard (/var/lib/trainyard for root).`

type AddCommand = (program: Command, context: CliContext) => void

/** Every command, in the order of the help. Read one at a time, because whoever asks for one should not wait for all. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  serve: async () => (await import('./commands/serve.ts')).addServe,
  env: async () => (await import('./commands/env.ts')).addEnv,
  run: async () => (await import('./commands/run.ts')).addRun,
  fetch: async () => (await import('./commands/fetch.ts')).addFetch,
  jobs: async () => (await import('./commands/jobs.ts')).addJobs,
  describe: async () => (await import('./commands/describe.ts')).addDescribe,
  watch: async () => (await import('./commands/watch.ts')).addWatch,
  logs: async () => (await import('./commands/logs.ts')).addLogs,
  stop: async () => (await import('./commands/stop.ts')).addStop,
  delete: async () => (await import('./commands/delete.ts')).addDelete,
  tag: async () => (await import('./commands/tag.ts')).addTag,
  keys: async () => (await import('./commands/keys.ts')).addKeys,
  backup: async () => (await import('./commands/backup.ts')).addBackup,
  restore: async () => (await import('./commands/backup.ts')).addRestore,
  prune: async () => (await import('./commands/prune.ts')).addPrune,
  doctor: async () => (await import('./commands/doctor.ts')).addDoctor,
  completion: async () => (await import('./commands/completion.ts')).addCompletion,
  setup: async () => (await import('./commands/setup.ts')).addSetup,
  agent: async () => (await import('./commands/agent.ts')).addAgent,
}

/** Describes all commands, so it needs them all. */
const DESCRIBES_ALL = 'completion'

/**
 * The command line. Wrong usage is thrown as CommanderError, after commander has said what is wrong.
 *
 * @param word the first one that was typed: where it is a command, the others are left out
 */
export async function createProgram(context: CliContext, word: string | undefined): Promise<Command> {
  const program = new Command('trainyard')
    .description('Runs Amazon SageMaker training jobs on your own machine.')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(try --help)')
    .addHelpText('after', `\n${exitCodeHelp()}\n\n${DATA_HELP}`)
  for (const add of await commandsFor(word)) add(program, context)
  return program
}

async function commandsFor(word: string | undefined): Promise<readonly AddCommand[]> {
  if (word !== undefined && word !== DESCRIBES_ALL && Object.hasOwn(COMMANDS, word)) {
    const one = await COMMANDS[word]?.()
    return one ? [one] : []
  }
  return Promise.all(Object.values(COMMANDS).map((load) => load()))
}
