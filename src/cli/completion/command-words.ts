import type { Command, Option } from 'commander'

/** A command as the shells complete it. */
export interface CommandWords {
  /** `keys create`; empty for the program itself. */
  readonly path: string
  readonly description: string
  readonly subcommands: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly OptionWords[]
  /** What its first argument is. */
  readonly argument: 'job' | 'file' | 'none' | readonly string[]
}

interface OptionWords {
  readonly long: string
  readonly short?: string
  readonly description: string
  /** What its value is; undefined for a flag. */
  readonly value?: 'file' | 'text' | readonly string[]
}

/** Every command that a person types, from commander's own tree: what is added there is completed. */
export function commandWords(program: Command): readonly CommandWords[] {
  return wordsOf(program, [])
}

function wordsOf(command: Command, path: readonly string[]): readonly CommandWords[] {
  const visible = command.createHelp().visibleCommands(command)
  const options = command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => typeof long === 'string')
  const own: CommandWords = {
    path: path.join(' '),
    description: command.description(),
    subcommands: visible.map((each) => ({ name: each.name(), description: each.description() })),
    options: options.map(optionWords),
    argument: argumentOf(command),
  }
  const below = visible.filter((each) => command.commands.includes(each))
  return [own, ...below.flatMap((each) => wordsOf(each, [...path, each.name()]))]
}

function optionWords(option: Option): OptionWords {
  const { long = '', short, description, argChoices } = option
  const takesValue = option.required || option.optional
  const isPath = /<(?:dir|file|script|folder)>|=path>/.test(option.flags)
  const value = takesValue ? ({ value: argChoices ?? (isPath ? 'file' : 'text') } as const) : {}
  return { long, description, ...(short === undefined ? {} : { short }), ...value }
}

/** The jobs' own commands call their argument a name. */
function argumentOf(command: Command): CommandWords['argument'] {
  const [argument] = command.registeredArguments
  if (!argument) return 'none'
  if (argument.argChoices) return argument.argChoices
  if (/^names?$/.test(argument.name())) return 'job'
  return ['path', 'dir'].includes(argument.name()) ? 'file' : 'none'
}
