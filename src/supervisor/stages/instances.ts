import { InstanceError, type Instance, type InstanceId } from '../../runtime/runtime.ts'
import { wholeMachine } from '../../scheduler/whole-machine.ts'
import type { JobRecord } from '../../store/store.ts'
import { together } from '../../util/together.ts'
import { clusterOf, networkOf } from '../cluster.ts'
import type { Stage, SupervisorContext } from '../context.ts'
import { instanceSpec, type SpecParts } from '../instance-spec.ts'
import type { JobRequest } from '../job-request.ts'
import { onHost } from './end-attempt.ts'

/** Of all hosts, in numeric order. The ids are a function of the record, so they are stored before the launch and the same after a crash. */
export function instanceIds(job: JobRecord, request: JobRequest): readonly InstanceId[] {
  return clusterOf(request).hosts.map((host) => ({ jobId: job.id, attempt: job.state.attempt, host }))
}

/** The job's instances, of which nothing is to be made ready once more where this life of the server has brought them up. @throws InstanceError */
export async function broughtUp(context: SupervisorContext, stage: Stage): Promise<readonly Instance[]> {
  if (stage.supervised.launched !== stage.job.state.attempt) return launchInstances(context, stage)
  const { instances, missing } = await findInstances(context, stage)
  return missing.length > 0 ? launchInstances(context, stage) : instances
}

/** Brings up the job's instances, or finds those that an earlier call brought up; their log streams are there before any of their commands is started. @throws InstanceError */
export async function launchInstances(context: SupervisorContext, stage: Stage): Promise<readonly Instance[]> {
  const { job, request } = stage
  const image = request.AlgorithmSpecification?.TrainingImage ?? ''
  const environment = context.environments.resolve(image)
  // Create checked it; the configuration has changed since.
  if (!environment) throw new InstanceError('client', `Cannot find the requested image: ${image}`)
  const ids = instanceIds(job, request)
  const common = { environment, ...(await surroundings(context, stage)), logMaxBytes: context.config.logs['max-bytes'] }
  const reuses = job.state.placement?.reuses
  const specs = ids.map((id, index) => {
    const warm = reuses ? { warm: { ...reuses, host: id.host } } : {}
    // An earlier version of this server gave jobs no place.
    const resources = job.state.placement?.hosts[index] ?? wholeMachine(id.host, '')
    return instanceSpec(job, request, { ...common, ...warm, id, resources, logFile: context.streams.fileOf(id) })
  })
  const streams = Promise.all(ids.map((id) => context.streams.open(job, id)))
  const instances = together(specs, stage.signal, (spec, signal) =>
    onHost(spec.id.host, context.runtime.launch(spec, { signal })),
  )
  await Promise.allSettled([streams, instances])
  await streams
  const launched = await instances
  stage.supervised.launched = job.state.attempt
  return launched
}

/** @returns those of the job's instances of which something is left, in numeric order, and the hosts of the others */
export async function findInstances(
  { runtime }: SupervisorContext,
  { job, request }: Pick<Stage, 'job' | 'request'>,
): Promise<{ readonly instances: readonly Instance[]; readonly missing: readonly string[] }> {
  const found = await Promise.all(
    instanceIds(job, request).map(async (id) => ({ host: id.host, instance: await runtime.find(id) })),
  )
  return {
    instances: found.flatMap(({ instance }) => instance ?? []),
    missing: found.flatMap(({ host, instance }) => (instance ? [] : host)),
  }
}

/** Ends at once what still runs of the attempt, and removes all that is left of it. */
export async function destroyInstances(
  context: SupervisorContext,
  stage: Pick<Stage, 'job' | 'request'>,
): Promise<void> {
  const { instances } = await findInstances(context, stage)
  await Promise.all(instances.map((instance) => instance.destroy()))
}

/** What the network of the job decides: its card, and the way to this server, which an isolated job does not get (behaviour 3.7). */
async function surroundings(
  context: SupervisorContext,
  { job, request }: Stage,
): Promise<Pick<SpecParts, 'network' | 'networkInterface' | 'server'>> {
  const network = networkOf(request)
  const own = network === 'machine' ? undefined : (await context.runtime.capabilities()).jobNetwork
  const card = own?.interface ?? context.networkInterface()
  if (network === 'isolated') return { network, networkInterface: card }
  const session = context.session(job.id, job.state.attempt)
  const { url, certificateFile } = context.endpoint()
  const server = own
    ? { endpoint: own.endpoint, session }
    : { endpoint: url, session, ...(certificateFile === undefined ? {} : { certificateFile }) }
  return { network, networkInterface: card, server }
}
