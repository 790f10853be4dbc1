import { NO_CAPACITY } from '../lifecycle/failure-reason.ts'
import type { HostResources } from '../lifecycle/placement.ts'
import { instanceTypeFacts } from './instance-types.ts'
import { CapacityError, type Asking } from './scheduler.ts'
import { amountOf, fits, NOTHING, plus, processors, type Amount, type Yard } from './yard.ts'

/**
 * `shrink`: an instance asks for what its type has, made smaller where the yard has less, so that every job fits into the empty yard. `fit`: for exactly what its
 * type has.
 */
export type Policy = 'shrink' | 'fit'

/** What one instance asks for. */
export interface HostDemand {
  readonly host: string
  readonly instanceType: string
  readonly amount: Amount
  /** What its type has, where that is more. */
  readonly typeHas?: NonNullable<HostResources['typeHas']>
}

type Instances = Asking['instances']

/**
 * What each instance of a job asks for, in the order given.
 *
 * @throws CapacityError under `fit` where the empty yard has less than the job's types have
 */
export function demandsOf(instances: Instances, yard: Yard, policy: Policy): readonly HostDemand[] {
  return policy === 'fit' ? exactly(instances, yard) : shrunk(instances, yard)
}

export function totalOf(demands: readonly HostDemand[]): Amount {
  return demands.reduce((sum, { amount }) => plus(sum, amount), NOTHING)
}

function exactly(instances: Instances, yard: Yard): readonly HostDemand[] {
  const demands = instances.map((instance) => ({ ...instance, amount: typeAmount(instance.instanceType) }))
  if (!fits(totalOf(demands), amountOf(yard))) throw new CapacityError(NO_CAPACITY)
  return demands
}

function shrunk(instances: Instances, yard: Yard): readonly HostDemand[] {
  const wanted = instances.map(({ instanceType }) => typeAmount(instanceType))
  const all = amountOf(yard)
  const [cpus, memory, gpus] = (['cpus', 'memory', 'gpus'] as const).map((kind) =>
    highestShare(
      wanted.map((amount) => amount[kind]),
      all[kind],
    ),
  )
  return instances.map((instance, index) => {
    const has = wanted[index] ?? NOTHING
    const amount = {
      cpus: Math.min(has.cpus, cpus ?? 0),
      memory: Math.min(has.memory, memory ?? 0),
      gpus: Math.min(has.gpus, gpus ?? 0),
    }
    const isLess = amount.cpus < has.cpus || amount.memory < has.memory || amount.gpus < has.gpus
    return { ...instance, amount, ...(isLess ? { typeHas: { ...has, cpus: processors(has.cpus) } } : {}) }
  })
}

/** The share that no instance exceeds, when all that want less than it have what they want: instances of one type get the same. A whole number. */
function highestShare(wanted: readonly number[], all: number): number {
  let left = all
  for (const [index, want] of wanted.toSorted((one, other) => one - other).entries()) {
    const share = Math.floor(left / (wanted.length - index))
    if (want > share) return share
    left -= want
  }
  return Number.POSITIVE_INFINITY
}

function typeAmount(instanceType: string): Amount {
  const { cpus, memory, gpus } = instanceTypeFacts(instanceType)
  return { ...amountOf({ cpus, memory, gpus: [] }), gpus }
}
