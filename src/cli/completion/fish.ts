import type { CommandWords } from './command-words.ts'
import { JOB_NAMES } from './shell-parts.ts'

/** One line of \`complete\` for each word, with its description. */
export function fishCompletion(commands: readonly CommandWords[]): string {
  return [
    '# fish completion of trainyard: trainyard completion fish | source',
    'function __trainyard_jobs',
    `    ${JOB_NAMES}`,
    'end',
    'complete -c trainyard -f',
    ...commands.flatMap(linesOf),
  ].join('\n')
}

function linesOf({ path, subcommands, options, argument }: CommandWords): readonly string[] {
  const known = subcommands.map(({ name }) => name).join(' ')
  const seen = path.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`)
  const without = known === '' ? [] : [`not __fish_seen_subcommand_from ${known}`]
  const here = path === '' ? '__fish_use_subcommand' : [...seen, ...without].join('; and ')
  const complete = `complete -c trainyard -n ${quote(here)}`
  const commands = subcommands.map(({ name, description }) => `${complete} -a ${name} -d ${quote(description)}`)
  const flags = options.map(({ long, short, description, value }) => {
    const letter = short === undefined ? '' : ` -s ${short.slice(1)}`
    return `${complete} -l ${long.slice(2)}${letter}${valueOf(value)} -d ${quote(description)}`
  })
  return [...commands, ...flags, ...argumentLines(complete, argument)]
}

function valueOf(value: 'file' | 'text' | readonly string[] | undefined): string {
  if (value === undefined) return ''
  if (value === 'text') return ' -x'
  return value === 'file' ? ' -r -F' : ` -x -a ${quote(value.join(' '))}`
}

function argumentLines(complete: string, argument: CommandWords['argument']): readonly string[] {
  if (argument === 'none') return []
  if (argument === 'job') return [`${complete} -a '(__trainyard_jobs)'`]
  return [argument === 'file' ? `${complete} -F` : `${complete} -a ${quote(argument.join(' '))}`]
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
