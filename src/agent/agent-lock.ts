import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Makes this process the one agent of a data folder. The lock is the kernel's and ends with the process, however that ends; Node has no other way to
 * one than SQLite. The folder is there, because whoever starts an agent keeps its log in it; were it made here, an agent that comes late would bring a data
 * folder back that has been removed.
 *
 * @returns undefined when another agent has it
 */
export function takeAgentLock(dataFolder: string): Disposable | undefined {
  const database = new DatabaseSync(join(dataFolder, 'agent', 'lock.db'), { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
    return { [Symbol.dispose]: () => database.close() }
  } catch (error) {
    database.close()
    if (error instanceof Error && error.message.includes('database is locked')) return undefined
    throw error
  }
}
