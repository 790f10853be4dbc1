import type { CommandWords } from './command-words.ts'

/** Prints the names of jobs, one a line; nothing where no server runs. */
export const JOB_NAMES = `trainyard jobs --json 2>/dev/null | sed -n 's/^ *"TrainingJobName": "\\([^"]*\\)".*/\\1/p'`

/** A pattern of \`case\` for every option that takes a value: the word after it is no command. */
export function valueOptions(commands: readonly CommandWords[]): string {
  const options = commands.flatMap((command) => command.options.filter(({ value }) => value !== undefined))
  return [...new Set(options.flatMap(({ long, short }) => (short === undefined ? [long] : [long, short])))].join('|')
}
