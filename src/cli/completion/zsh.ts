import { bashCompletion } from './bash.ts'
import type { CommandWords } from './command-words.ts'

/** zsh runs completions of bash by its own bridge, which is part of every zsh. */
export function zshCompletion(commands: readonly CommandWords[]): string {
  return `#compdef trainyard
# zsh completion of trainyard: source <(trainyard completion zsh)
autoload -Uz compinit bashcompinit
(( $+functions[compdef] )) || compinit -u
bashcompinit
${bashCompletion(commands)}`
}
