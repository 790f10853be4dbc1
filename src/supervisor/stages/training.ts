import { algorithmError } from '../../lifecycle/failure-reason.ts'
import type { Outcome } from '../../lifecycle/job.ts'
import { InstanceError, type Instance } from '../../runtime/runtime.ts'
import { together } from '../../util/together.ts'
import type { Stage, StageWork, SupervisorContext } from '../context.ts'
import { outcomeOf } from '../outcome.ts'
import { endsOf, firstFailure, stopAll } from './ends.ts'
import { endAttempt, HostError, onHost } from './end-attempt.ts'
import { findInstances } from './instances.ts'

/** What is known of a host that has decided how its job ends. */
interface Decision {
  readonly outcome: Outcome
  readonly details: Readonly<Record<string, unknown>>
}

/**
 * Training: the commands run until all have ended well, one has not, or the time is used up. The status is recorded first, because starting twice is
 * starting once. The first host that fails decides the job's end, which is recorded before the others are ended (behaviour 3.12).
 */
export const training: StageWork = async (context, stage) => {
  try {
    const { instances, missing } = await findInstances(context, stage)
    const outcome = stage.job.state.outcome ?? (await decided(context, stage, { instances, missing }))
    if (outcome.kind !== 'succeeded') await stopAll(context, instances, stage.signal)
    const ends = await endsOf(instances, stage.signal)
    if (outcome.kind === 'lost') throw new InstanceError('platform', outcome.detail)
    await stage.record({ kind: 'command-ended', outcome }, { ends })
  } catch (error) {
    return endAttempt(context, stage, error, (message) => algorithmError(message, 1))
  }
}

type Found = Awaited<ReturnType<typeof findInstances>>

async function decided(context: SupervisorContext, stage: Stage, { instances, missing }: Found): Promise<Outcome> {
  const [host] = missing
  const decision = host === undefined ? await run(context, stage, instances) : goneFrom(host)
  // With nothing left to end, what has been found will be found again.
  if (decision.outcome.kind !== 'succeeded' && instances.length + missing.length > 1) {
    const { outcome, details } = decision
    await stage.record({ kind: 'instance-failed', outcome }, details)
  }
  return decision.outcome
}

function goneFrom(host: string): Decision {
  const detail = 'Nothing is left of the instance that the record says is running'
  return { outcome: { kind: 'lost', detail }, details: { host, cause: detail } }
}

async function run(context: SupervisorContext, stage: Stage, instances: readonly Instance[]): Promise<Decision> {
  return stage.limited(async (signal) => {
    try {
      await together(instances, signal, (instance, shared) =>
        onHost(instance.id.host, instance.start({ signal: shared })),
      )
    } catch (error) {
      if (instances.length === 1 || !(error instanceof HostError)) throw error
      return notStarted(error)
    }
    context.metrics.follow(stage.job, stage.request)
    const failure = await firstFailure(instances, signal)
    return failure
      ? { outcome: outcomeOf(failure.end), details: { ...failure } }
      : { outcome: { kind: 'succeeded' }, details: {} }
  })
}

/** The other hosts may run by now, so it is an end like any other. */
function notStarted({ host, fault, message }: HostError): Decision {
  const details = { host, fault, cause: message }
  if (fault === 'platform') return { outcome: { kind: 'lost', detail: message }, details }
  return { outcome: { kind: 'failed', reason: algorithmError(message, 1) }, details }
}
