import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Longer than any agent takes to end once its server has gone; one that never ends fails the test. */
const AGENT_ENDS_MS = 60_000

/** Resolves when no agent of a data folder runs: whoever has the agent's lock knows that there is none. @param data may be missing */
export async function agentEnded(data: string): Promise<void> {
  using _lock = lockedAgent(data)
}

/**
 * Removes the data folder of a server that has ended. Its agent ends by itself, but after it, and writes until then.
 *
 * @param data may be missing
 */
export async function removeDataFolder(data: string): Promise<void> {
  using _lock = lockedAgent(data)
  await rm(data, { recursive: true, force: true })
}

function lockedAgent(data: string): DatabaseSync | undefined {
  const agent = join(data, 'agent')
  const lock = existsSync(agent) ? new DatabaseSync(join(agent, 'lock.db'), { timeout: AGENT_ENDS_MS }) : undefined
  lock?.exec('BEGIN EXCLUSIVE')
  return lock
}
