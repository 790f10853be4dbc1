import { realpathSync } from 'node:fs'
import { groupsName, sweepGroups } from '../../agent/cgroup/abandoned-groups.ts'
import { findGroupParent } from '../../agent/cgroup/group-parent.ts'
import { ISOLATIONS, type Isolation, type JobUser, type LimitsPlan, type SandboxPlan } from '../../agent/messages.ts'
import type { Config } from '../../config/config.ts'
import { folderName } from '../../util/folder-name.ts'
import { makeFolders } from '../../util/make-folders.ts'
import { findOptMlLink } from './opt-ml-link.ts'
import { NetworkProbe, type NetworkReport } from './probe-network.ts'
import { probeIsolation, type Probed } from './probe-isolation.ts'

export interface PlanRequest {
  /** Absolute. */
  readonly dataFolder: string
  readonly config: Config['process']
  readonly jobUser?: JobUser
  readonly launcher: string
}

/** What this machine allows, each with the reason where it does not: what `doctor` prints. */
export type IsolationReport = Readonly<Record<Isolation, Probed>>

/** The configuration asks for a kind of isolation that this machine does not allow. */
export class IsolationError extends Error {
  override readonly name = 'IsolationError'
  readonly code = 'ISOLATION_UNAVAILABLE'
  readonly isolation: Isolation

  constructor(isolation: Isolation, reason: string) {
    super(
      `process.isolation is ${isolation}, which cannot be had here: ${reason}. ` +
        'Set it to auto to take the best there is, or run `trainyard setup`.',
    )
    this.isolation = isolation
  }
}

/** How instances are run, and what of networks they can have. */
export interface ChosenPlan {
  readonly plan: SandboxPlan
  readonly networks: NetworkReport
  /** Whether processes are limited, and if not why. */
  readonly limits: Probed
}

/** Decides how instances are run, once for the life of a server. @throws IsolationError */
export async function choosePlan(request: PlanRequest): Promise<ChosenPlan> {
  const probe = await networkProbe(request)
  const isolation = await chooseIsolation(request).catch(async (error: unknown) => {
    await probe.report('base-dir')
    throw error
  })
  const [alone, networks, limits] = await Promise.all([
    planFor(isolation, request),
    probe.report(isolation),
    limitsOf(request),
  ])
  const plan = { ...alone, ...(limits.plan ? { limits: limits.plan } : {}) }
  if (!networks.own.available) return { plan, networks, limits: limits.report }
  const network = { subnet: request.config.network, open: networks.open.available }
  return { plan: { ...plan, network }, networks, limits: limits.report }
}

async function limitsOf({ config, dataFolder }: PlanRequest): Promise<LimitsChoice> {
  if (config.limits === 'off') return { report: { available: false, reason: 'process.limits is off' } }
  const name = groupsName(realpathSync(dataFolder))
  const found = await findGroupParent({ name, mayMove: true })
  if (!found.available) return { report: found }
  sweepGroups(found.parent)
  return { plan: { parent: found.parent, name, pids: config.pids }, report: { available: true } }
}

interface LimitsChoice {
  readonly plan?: LimitsPlan
  readonly report: Probed
}

/** What this machine allows of networks for jobs: what `doctor` prints. */
export async function reportNetworks(
  request: Pick<PlanRequest, 'dataFolder' | 'jobUser' | 'config'>,
  isolation: Isolation,
): Promise<NetworkReport> {
  return (await networkProbe(request)).report(isolation)
}

async function networkProbe({ dataFolder, jobUser, config }: Pick<PlanRequest, 'dataFolder' | 'jobUser' | 'config'>) {
  await makeFolders(dataFolder, 0o700)
  const user = jobUser ? { jobUser } : {}
  return new NetworkProbe({ dataFolder: realpathSync(dataFolder), subnet: config.network, ...user })
}

async function chooseIsolation(request: PlanRequest): Promise<Isolation> {
  const { config } = request
  const wanted = config.isolation === 'auto' ? ISOLATIONS : [config.isolation]
  const report = await reportIsolations(request, wanted)
  const isolation = wanted.find((candidate) => report[candidate].available)
  if (isolation) return isolation
  const [first = 'base-dir'] = wanted
  const found = report[first]
  throw new IsolationError(first, found.available ? '' : found.reason)
}

/** @param wanted the kinds to look for, in the order of preference; of those that come after the first that can be had nothing is said */
export async function reportIsolations(
  { dataFolder, jobUser }: Pick<PlanRequest, 'dataFolder' | 'jobUser'>,
  wanted: readonly Isolation[] = ISOLATIONS,
): Promise<IsolationReport> {
  await makeFolders(dataFolder, 0o700)
  const user = jobUser ? { jobUser } : {}
  const notAsked = { available: false, reason: 'not asked for' } as const
  const probe = (isolation: 'bwrap' | 'unshare') =>
    wanted.includes(isolation)
      ? probeIsolation({ dataFolder: realpathSync(dataFolder), isolation, overlay: false, ...user })
      : Promise.resolve(notAsked)
  const [bwrap, unshare] = await Promise.all([probe('bwrap'), probe('unshare')])
  return { bwrap, unshare, link: findOptMlLink(), 'base-dir': { available: true } }
}

async function planFor(isolation: Isolation, { dataFolder, jobUser, launcher }: PlanRequest): Promise<SandboxPlan> {
  const plan = { isolation, overlay: false, launcher, ...(jobUser ? { jobUser } : {}) }
  switch (isolation) {
    case 'bwrap':
    case 'unshare': {
      const request = {
        dataFolder: realpathSync(dataFolder),
        isolation,
        overlay: true,
        ...(jobUser ? { jobUser } : {}),
      }
      const { available } = await probeIsolation(request)
      return { ...plan, overlay: available }
    }
    case 'link': {
      const link = findOptMlLink()
      return { ...plan, ...workspaces(dataFolder, jobUser), ...(link.available ? { link: link.link } : {}) }
    }
    case 'base-dir':
      return { ...plan, ...workspaces(dataFolder, jobUser) }
    default:
      return isolation satisfies never
  }
}

/** Without a mount of its own another user's job reaches its workspace by its path, and the data folder is closed to it. */
function workspaces(dataFolder: string, jobUser: JobUser | undefined): { readonly workspaces?: string } {
  if (!jobUser) return {}
  return { workspaces: `/var/tmp/${folderName(realpathSync(dataFolder))}` }
}
