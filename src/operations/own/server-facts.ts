import type { Policy } from '../../scheduler/demand.ts'
import type { OwnAnswer } from './own-answer.ts'

export interface ServerFacts {
  /** Which runtime runs jobs. */
  readonly runtime: string
  /** Names that a job may give as its image, to the interpreter that each one stands for. */
  readonly environments: Readonly<Record<string, string>>
  /** What all jobs together may have, and how each gets its part. */
  readonly fleet: { readonly cpus: number; readonly memory: number; readonly gpus: number; readonly policy: Policy }
}

/** `GET /-/server`: what a command line must know to choose an environment, and AWS's API has no place for. */
export function serverFacts(facts: () => ServerFacts) {
  return async (): Promise<OwnAnswer> => ({ status: 200, body: facts() })
}
