import type { JobClock } from '../clock/clock.ts'
import { ROLE_REFUSED } from '../lifecycle/failure-reason.ts'
import { InstanceError, type Artifact, type InstanceId, type Runtime } from '../runtime/runtime.ts'
import { overriding } from '../util/overriding.ts'
import type { JobRehearsal } from './job-rehearsal.ts'
import { RehearsedInstance } from './rehearsed-instance.ts'
import type { Rehearsals } from './rehearsals.ts'
import { failStore, slowStore } from './rehearsed-data.ts'
import { unlessLost } from './unless-lost.ts'

interface Waiting {
  readonly signal?: AbortSignal
}

/** Breaks the instances of jobs that are rehearsed; those of all others are the runtime's own. */
export function rehearsedRuntime(runtime: Runtime, rehearsals: Rehearsals, clock: JobClock): Runtime {
  return overriding(runtime, {
    async launch(spec, options) {
      const rehearsal = await rehearsals.of(spec.id.jobId)
      if (!rehearsal) return runtime.launch(spec, options)
      await failRole(rehearsal)
      await unhealthy(rehearsal, spec.id)
      const instance = await unlessLost(rehearsal, [spec.id], options, (signal) => runtime.launch(spec, { signal }))
      return new RehearsedInstance(instance, rehearsal, clock)
    },
    async find(id) {
      const [rehearsal, instance] = await Promise.all([rehearsals.of(id.jobId), runtime.find(id)])
      return rehearsal && instance ? new RehearsedInstance(instance, rehearsal, clock) : instance
    },
    async collect(ids, options) {
      const rehearsal = ids[0] && (await rehearsals.of(ids[0].jobId))
      if (!rehearsal) return runtime.collect(ids, options)
      return collect(rehearsal, ids, { ...options, runtime, clock })
    },
  })
}

async function failRole(rehearsal: JobRehearsal): Promise<void> {
  if (await rehearsal.takeFirst('fail-role')) throw new InstanceError('client', ROLE_REFUSED)
}

async function unhealthy(rehearsal: JobRehearsal, id: InstanceId): Promise<void> {
  const { host } = id
  if (await rehearsal.takeFirst('unhealthy', (injection) => injection.host === host, { host }))
    throw new InstanceError('platform', `The instance ${host} failed its health check`)
}

async function collect(
  rehearsal: JobRehearsal,
  ids: readonly InstanceId[],
  { signal, runtime, clock }: Waiting & { readonly runtime: Runtime; readonly clock: JobClock },
): Promise<readonly Artifact[]> {
  await failStore(rehearsal, 'write')
  return unlessLost(rehearsal, ids, signal ? { signal } : {}, async (shared) => {
    const artifacts = await runtime.collect(ids, { signal: shared })
    const bytes = artifacts.reduce((sum, { size }) => sum + size, 0)
    await slowStore(rehearsal, { clock, signal: shared }, bytes)
    return artifacts
  })
}
