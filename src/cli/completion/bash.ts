import { shQuote } from '../env/sh-quote.ts'
import type { CommandWords } from './command-words.ts'
import { JOB_NAMES, valueOptions } from './shell-parts.ts'

/** Candidates by the command that stands in the line so far; works in the bash 3 of old machines too. */
export function bashCompletion(commands: readonly CommandWords[]): string {
  return `# bash completion of trainyard: source <(trainyard completion bash)
_trainyard_jobs() {
  ${JOB_NAMES}
}
_trainyard() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at= word skip= candidates= kind=none i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [ -n "$skip" ]; then skip=; continue; fi
    case $word in
      -*) case "$word" in ${valueOptions(commands)}) skip=1 ;; esac ;;
      *) case "$at $word" in
${subcommandCases(commands)}
      esac ;;
    esac
  done
  case "$at $prev" in
${valueCases(commands)}
  esac
  case "$at" in
${commandCases(commands)}
  esac
  if [[ $cur != -* ]]; then
    case $kind in
      job) candidates="$candidates $(_trainyard_jobs)" ;;
      file) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames 2>/dev/null; return ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$candidates" -- "$cur"))
}
complete -F _trainyard trainyard`
}

function subcommandCases(commands: readonly CommandWords[]): string {
  return commands
    .filter(({ path }) => path !== '')
    .map(({ path }) => {
      const isBelow = path.includes(' ')
      const line = !isBelow ? ` ${path}` : path
      return `        ${shQuote(line)}) at=${shQuote(path)} ;;`
    })
    .join('\n')
}

function valueCases(commands: readonly CommandWords[]): string {
  const cases = commands.flatMap(({ path, options }) =>
    options.map(({ long, value }) => {
      if (value === undefined) return ''
      const pattern = shQuote(`${path} ${long}`)
      if (value === 'text') return `    ${pattern}) COMPREPLY=(); return ;;`
      if (value === 'file')
        return `    ${pattern}) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames 2>/dev/null; return ;;`
      return `    ${pattern}) COMPREPLY=($(compgen -W ${shQuote(value.join(' '))} -- "$cur")); return ;;`
    }),
  )
  return cases.filter((line) => line !== '').join('\n')
}

function commandCases(commands: readonly CommandWords[]): string {
  return commands
    .map(({ path, subcommands, options, argument }) => {
      const choices = typeof argument === 'string' ? [] : argument
      const kind = typeof argument === 'string' ? argument : 'none'
      const words = [...subcommands.map(({ name }) => name), ...choices, ...options.map(({ long }) => long)]
      return `    ${shQuote(path)}) candidates=${shQuote(words.join(' '))} kind=${kind} ;;`
    })
    .join('\n')
}
