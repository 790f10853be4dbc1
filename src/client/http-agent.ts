import { Agent, request } from 'undici'

/**
 * What this program's commands need of undici. To be imported when it is needed: it is a third of the program, and `serve` needs none of it. (A file of ours,
 * because names of a CommonJS package cannot be taken from `import()` in a bundle.)
 */
export { request }

export function openAgent(options: Agent.Options): Agent {
  return new Agent(options)
}
