/** What a job does with its part of a quota: it waits for its place, it has one, or it is over and its instances are kept warm. */
export type Standing = 'waiting' | 'running' | 'pool'

/** What one job has of one quota. */
export interface Part {
  /** Instances. */
  readonly count: number
  readonly standing: Standing
  /** What a waiting job and a warm pool have in common when the one will run on the other; undefined for a job that can do neither. */
  readonly pool?: string
  /** Settles when its record is written, or is not. */
  readonly inserting?: Promise<unknown>
}

/** Instances that all parts come to: a job that waits and a pool that it will take are the same ones. */
export function usedOf(parts: Iterable<Part>): number {
  let used = 0
  const shared = new Map<string, { waiting: number; pool: number }>()
  for (const { count, standing, pool } of parts) {
    if (standing === 'running' || pool === undefined) {
      used += count
      continue
    }
    const both = shared.get(pool) ?? { waiting: 0, pool: 0 }
    both[standing] += count
    shared.set(pool, both)
  }
  for (const { waiting, pool } of shared.values()) used += Math.max(waiting, pool)
  return used
}
