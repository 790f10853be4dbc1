import { SECONDARY_STATUSES, type SecondaryStatus } from './status.ts'

/**
 * Which secondary status may follow which: the one table that the store, the supervisor, the simulator, the tests, the
 * documentation's diagram and the web page use. Behaviour 1.4.15 without the training-plan edges and without
 * `Interrupted → Downloading`, and with `Uploading → Interrupted`, `Uploading → Restarting` and `Interrupted → Failed`.
 */
export const TRANSITIONS = {
  Starting: ['Pending', 'Downloading', 'Stopping', 'Failed', 'Restarting'],
  Pending: ['Downloading', 'Stopping', 'Failed', 'Restarting'],
  Downloading: ['Training', 'Stopping', 'Failed', 'Interrupted', 'Restarting'],
  Training: ['Uploading', 'Stopping', 'Failed', 'Interrupted', 'Restarting'],
  Uploading: [
    'Completed',
    'Failed',
    'Stopped',
    'MaxRuntimeExceeded',
    'MaxWaitTimeExceeded',
    'Interrupted',
    'Restarting',
  ],
  Interrupted: ['Starting', 'Stopping', 'Failed'],
  Restarting: ['Starting', 'Stopping', 'Failed'],
  Stopping: ['Uploading', 'Stopped', 'MaxRuntimeExceeded', 'MaxWaitTimeExceeded', 'Failed'],
  Completed: [],
  Failed: [],
  Stopped: [],
  MaxRuntimeExceeded: [],
  MaxWaitTimeExceeded: [],
} as const satisfies Record<SecondaryStatus, readonly SecondaryStatus[]>

/** Whether `to` may directly follow `from`. */
export function mayFollow(from: SecondaryStatus, to: SecondaryStatus): boolean {
  const followers: readonly SecondaryStatus[] = TRANSITIONS[from]
  return followers.includes(to)
}

/** A history that the table does not allow is to be written: a fault of ours. */
export class ForbiddenTransitionError extends Error {
  override readonly name = 'ForbiddenTransitionError'

  constructor(from: SecondaryStatus | undefined, to: SecondaryStatus) {
    super(from ? `${to} may not follow ${from}` : `A history begins with Starting, not with ${to}`)
  }
}

/** @param from undefined for the first of a history @throws ForbiddenTransitionError */
export function requireEdge(from: SecondaryStatus | undefined, to: SecondaryStatus): void {
  if (from === undefined ? to !== 'Starting' : !mayFollow(from, to)) throw new ForbiddenTransitionError(from, to)
}

/** The table as a Mermaid state diagram, as it stands in the documentation. */
export function mermaidDiagram(): string {
  const edges = SECONDARY_STATUSES.flatMap((from) => {
    const followers: readonly SecondaryStatus[] = TRANSITIONS[from]
    return followers.length === 0 ? [`  ${from} --> [*]`] : followers.map((to) => `  ${from} --> ${to}`)
  })
  return ['stateDiagram-v2', '  [*] --> Starting', ...edges].join('\n') + '\n'
}
