import type { StopCause } from '../lifecycle/job.ts'
import type { SecondaryStatus } from '../lifecycle/status.ts'
import type { InstanceEnd } from '../runtime/runtime.ts'

/** The entry of a job's `Environment` that says what is broken on purpose. */
export const REHEARSE = 'TRAINYARD_REHEARSE'

/** What a rehearsal calls the parts of a job's way. */
export const REHEARSAL_STAGES = ['start', 'downloading', 'training', 'uploading', 'stopping', 'interrupted'] as const
export type RehearsalStage = (typeof REHEARSAL_STAGES)[number]

/** @returns undefined for a status in which nothing can be broken */
export function stageOfStatus(status: SecondaryStatus): RehearsalStage | undefined {
  return STAGE_OF_STATUS[status]
}

const STAGE_OF_STATUS: Readonly<Partial<Record<SecondaryStatus, RehearsalStage>>> = {
  Starting: 'start',
  Pending: 'start',
  Downloading: 'downloading',
  Training: 'training',
  Uploading: 'uploading',
  Stopping: 'stopping',
  Interrupted: 'interrupted',
}

interface Common {
  /** As it stands in the plan. */
  readonly text: string
  /** How often it happens in the life of the job. */
  readonly times: number
}

/** What happens by itself, once in each visit of its stage. */
export interface TimedInjection extends Common {
  readonly kind: 'timed'
  readonly stage: RehearsalStage
  /** Milliseconds from the beginning of the stage. */
  readonly after: number
  readonly action:
    | { readonly kind: 'interrupt' }
    | { readonly kind: 'stop'; readonly cause: StopCause }
    | { readonly kind: 'end'; readonly host: string; readonly end: InstanceEnd }
}

/** The object store fails: what is brought in and taken out for the job, or in the stage that is named what the job itself asks of it. */
export interface FailStore extends Common {
  readonly kind: 'fail-store'
  readonly fault: 'client' | 'platform'
  readonly access: 'read' | 'write'
  readonly stage?: RehearsalStage
}

export type Injection =
  | TimedInjection
  /** No place is given: for so many milliseconds, until a limit or a stop ends the job, or never, which is told at once. */
  | (Common & {
      readonly kind: 'capacity'
      readonly stage: 'start' | 'interrupted'
      readonly lasts: number | 'for-good' | 'never'
    })
  /** SIGTERM is withheld: for so many milliseconds, or for the whole grace. */
  | (Common & { readonly kind: 'hang'; readonly stage: 'stopping' | 'interrupted'; readonly lasts?: number })
  | (Common & { readonly kind: 'slow-store'; readonly bytesPerSecond: number })
  | FailStore
  /** What the job needs of others is refused to it: its role, or its image. */
  | (Common & { readonly kind: 'fail-role' })
  | (Common & { readonly kind: 'fail-image' })
  | (Common & { readonly kind: 'unhealthy'; readonly host: string })

/** What is broken of one job. */
export interface Rehearsal {
  readonly text: string
  readonly injections: readonly Injection[]
}
