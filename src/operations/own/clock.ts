import { parseDuration } from '../../config/duration.ts'
import type { Identity } from '../../identity/identity.ts'
import { validationException } from '../../protocol/errors.ts'
import { structure, text } from '../../protocol/shapes/declare.ts'
import { decodeInput } from '../../protocol/validate.ts'
import type { SageMakerContext } from '../sagemaker/context.ts'
import { jobOfCall } from '../sagemaker/describe-training-job.ts'
import type { Call } from '../operation.ts'
import type { OwnAnswer } from './own-answer.ts'
import { requireOwner, requireServerOwner } from './require-owner.ts'

export interface ClockContext {
  readonly identity: Pick<Identity, 'account'>
  readonly clock: { now(): number }
  /** Absent where time goes by itself. */
  readonly time?: { advance(milliseconds: number): Promise<void>; runUntilIdle(): Promise<boolean> }
}

const ADVANCE = structure({ by: text({ min: 1, max: 20 }) })
/** Ten years; what is further away is a mistake. */
const LONGEST_ADVANCE = 3650 * 86_400_000

/** `GET /-/clock`: the job time of the server, and whether it goes by itself. */
export function showClock({ identity, clock, time }: ClockContext) {
  return (_request: unknown, call: Call): Promise<OwnAnswer> => {
    requireServerOwner(call, identity, 'GetClock')
    return Promise.resolve({ status: 200, body: { now: clock.now(), virtual: time !== undefined } })
  }
}

/** `POST /-/clock/advance` with `{"by": "5d"}`: answers when everything that is due within that time has happened. */
export function advanceClock(context: ClockContext) {
  return async ({ body }: { readonly body: object }, call: Call): Promise<OwnAnswer> => {
    requireServerOwner(call, context.identity, 'AdvanceClock')
    const time = virtualTime(context)
    const decoded = decodeInput(ADVANCE, body)
    if (decoded.kind !== 'valid') throw validationException(decoded.text)
    const milliseconds = parseDuration(decoded.value.by)
    if (milliseconds === undefined || !(milliseconds <= LONGEST_ADVANCE))
      throw validationException('by must be a duration such as 500ms, 120s, 5m, 24h or 7d, of at most 3650d.')
    await time.advance(milliseconds)
    return { status: 200, body: { now: context.clock.now() } }
  }
}

/** `POST /-/clock/run-until-idle`: moves time on until every job has ended. `idle` is false where jobs are left to which nothing happens any more. */
export function runUntilIdle(context: ClockContext) {
  return async (_request: unknown, call: Call): Promise<OwnAnswer> => {
    requireServerOwner(call, context.identity, 'RunUntilIdle')
    const isIdle = await virtualTime(context).runUntilIdle()
    return { status: 200, body: { now: context.clock.now(), idle: isIdle } }
  }
}

export interface InterruptContext extends Pick<SageMakerContext, 'store'> {
  /** Absent where jobs really run: those are broken on purpose by rehearsals only. */
  readonly supervisors?: { interrupt(jobId: string, details: Readonly<Record<string, unknown>>): Promise<boolean> }
}

/** `POST /-/jobs/NAME/interrupt`: takes a simulated job's place away, as the end of spare capacity does. `interrupted` is false for one that is past it. */
export function interruptJob({ store, supervisors }: InterruptContext) {
  return async (
    { parameters }: { readonly parameters: Readonly<Record<string, string>> },
    call: Call,
  ): Promise<OwnAnswer> => {
    requireOwner(call, 'InterruptJob')
    if (!supervisors)
      throw validationException(
        'This server really runs its jobs: only those of --runtime simulated are interrupted so.',
      )
    const job = await jobOfCall(store, parameters['name'] ?? '', call)
    const isInterrupted = await supervisors.interrupt(job.id, { cause: 'asked for' })
    return { status: 200, body: { interrupted: isInterrupted } }
  }
}

function virtualTime({ time }: ClockContext): NonNullable<ClockContext['time']> {
  if (time) return time
  throw validationException(
    'Time goes by itself on this server. One whose time is moved is started with: trainyard serve --runtime simulated --clock virtual',
  )
}
