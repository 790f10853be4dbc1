import type { TerminalSecondaryStatus } from '../lifecycle/status.ts'

/** What the program's exit code says; `--help` and docs/guides/cli.md are made from this table. */
export const EXIT_CODES = {
  ok: { code: 0, meaning: 'done; for run and watch: the job is Completed' },
  error: { code: 1, meaning: 'something else failed: no server, a refused request, a full disk' },
  usage: { code: 2, meaning: 'the command line is wrong' },
  failed: { code: 3, meaning: 'the job is Failed' },
  stopped: { code: 4, meaning: 'the job is Stopped' },
  maxRuntime: { code: 5, meaning: 'the job ended as MaxRuntimeExceeded' },
  maxWait: { code: 6, meaning: 'the job ended as MaxWaitTimeExceeded' },
  interrupted: { code: 130, meaning: 'ended by Ctrl-C before the job ended' },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>

const OF_JOB = {
  Completed: EXIT_CODES.ok.code,
  Failed: EXIT_CODES.failed.code,
  Stopped: EXIT_CODES.stopped.code,
  MaxRuntimeExceeded: EXIT_CODES.maxRuntime.code,
  MaxWaitTimeExceeded: EXIT_CODES.maxWait.code,
} as const satisfies Record<TerminalSecondaryStatus, number>

/** The exit code of a command that waited for a job. */
export function exitCodeOfJob(status: TerminalSecondaryStatus): number {
  return OF_JOB[status]
}

/** The table as `--help` shows it. */
export function exitCodeHelp(): string {
  const lines = Object.values(EXIT_CODES).map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`)
  return ['Exit codes:', ...lines].join('\n')
}
