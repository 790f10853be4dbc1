import { CommanderError } from 'commander'
import { createProgram } from './program.ts'
import { systemContext } from './cli-context.ts'
import { describeError } from './describe-error.ts'
import { EXIT_CODES } from './exit-codes.ts'
import { dataFolderOf } from './server/chosen-folder.ts'

/** Whoever read our output has gone, `head` for one: nothing is left to be done for it. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT_CODES.ok.code : EXIT_CODES.error.code)
})

const context = systemContext()
let chosen: string | undefined
try {
  const program = await createProgram(context, process.argv[2])
  program.hook('preAction', (_, command) => {
    chosen = command.opts<{ readonly data?: string }>().data
  })
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    context.exitWith(error.exitCode === 0 ? EXIT_CODES.ok.code : EXIT_CODES.usage.code)
  } else {
    const { text, exitCode } = describeError(error, dataFolderOf(context, chosen))
    context.err.lines(`${context.err.styles.red('trainyard:')} ${text}`)
    context.exitWith(exitCode)
  }
}
