import type { JobClock } from '../../clock/clock.ts'
import type { MetricDimension, MetricStore } from '../../store/metric-store.ts'
import type { Scope } from '../../store/scope.ts'
import type { Call } from '../operation.ts'

export interface CloudWatchContext {
  readonly store: MetricStore
  /** Job time: the values of jobs are of it. */
  readonly clock: Pick<JobClock, 'now'>
}

export function scopeOf({ principal, region }: Call): Scope {
  return { account: principal.account, region }
}

/** Dimensions as the wire has them, and as the store has them. */
interface WireDimension {
  readonly Name: string
  readonly Value: string
}

export function storedDimensions(dimensions: readonly WireDimension[] = []): MetricDimension[] {
  return dimensions.map(({ Name, Value }) => ({ name: Name, value: Value }))
}

export function wireDimensions(dimensions: readonly MetricDimension[]): WireDimension[] {
  return dimensions.map(({ name, value }) => ({ Name: name, Value: value }))
}
