import type { Command } from 'commander'

/** The program that servers start for each machine; nobody types it. */
export function addAgent(program: Command): void {
  program
    .command('agent', { hidden: true })
    .allowUnknownOption()
    .argument('[arguments...]')
    .action(async (given: readonly string[]) => {
      const { runAgent } = await import('../../agent/main.ts')
      await runAgent(given)
    })
}
