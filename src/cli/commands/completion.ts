import { Argument, type Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { bashCompletion } from '../completion/bash.ts'
import { commandWords } from '../completion/command-words.ts'
import { fishCompletion } from '../completion/fish.ts'
import { zshCompletion } from '../completion/zsh.ts'

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const

export function addCompletion(program: Command, context: CliContext): void {
  program
    .command('completion')
    .description('print what makes a shell complete commands, options and names of jobs')
    .addArgument(new Argument('<shell>', 'which one').choices(Object.keys(SHELLS)))
    .action((shell: keyof typeof SHELLS) => context.out.lines(SHELLS[shell](commandWords(program))))
}
