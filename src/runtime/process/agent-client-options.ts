import type { Logger } from 'pino'
import type { JobClock } from '../../clock/clock.ts'

/** How a server reaches the agent of its data folder, and starts it where there is none. */
export interface AgentClientOptions {
  readonly dataFolder: string
  readonly agentCommand: readonly string[]
  readonly clock: JobClock
  readonly log: Logger
}
