import { RealClock } from '../clock/real-clock.ts'
import type { JobClock } from '../clock/clock.ts'
import { streamOutput, type Output } from './terminal/output.ts'

/** What a command has of the world it is called in. */
export interface CliContext {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Data and what a person came to see. */
  readonly out: Output
  /** Remarks, problems. */
  readonly err: Output
  readonly clock: JobClock
  readonly uid: number | undefined
  /** What the program will end with; nothing said is 0. */
  readonly exitWith: (code: number) => void
}

export function systemContext(): CliContext {
  const environment = process.env
  return {
    environment,
    out: streamOutput(process.stdout, environment),
    err: streamOutput(process.stderr, environment),
    clock: new RealClock(),
    uid: process.getuid?.(),
    exitWith: (code) => {
      process.exitCode = code
    },
  }
}
