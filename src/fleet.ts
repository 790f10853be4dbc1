import type { Config } from './config/config.ts'
import type { ServerFacts } from './operations/own/server-facts.ts'
import { Quotas } from './operations/sagemaker/quotas.ts'
import { FleetScheduler, type FleetOptions } from './scheduler/fleet-scheduler.ts'
import { readYard, simulatedYard } from './scheduler/machine.ts'
import type { Yard } from './scheduler/yard.ts'
import type { Store } from './store/store.ts'

/** What the jobs of a server share, and who may have how much of it. */
export interface Fleet {
  readonly yard: Yard
  readonly quotas: Quotas
  /** The types that are offered; all where undefined. */
  readonly instanceTypes: readonly string[] | undefined
}

/** Before any job is created. @param simulated whether jobs use nothing of this machine */
export async function openFleet(config: Pick<Config, 'fleet'>, store: Store, simulated: boolean): Promise<Fleet> {
  return {
    yard: simulated ? simulatedYard(config) : await readYard(config),
    quotas: await Quotas.load(config.fleet.quotas, store),
    instanceTypes: config.fleet.types,
  }
}

export function fleetScheduler(
  parts: { readonly fleet: Fleet; readonly config: Pick<Config, 'fleet'> },
  options: Pick<FleetOptions, 'clock' | 'log' | 'interrupt'>,
): FleetScheduler {
  return new FleetScheduler({ ...options, yard: parts.fleet.yard, policy: parts.config.fleet.policy })
}

export function fleetFacts({ yard }: Fleet, { fleet: { policy } }: Pick<Config, 'fleet'>): ServerFacts['fleet'] {
  return { ...yard, gpus: yard.gpus.length, policy }
}
