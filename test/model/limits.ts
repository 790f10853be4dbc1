/** What the server of every program has, and how much of it an account may have: little, so that programs come upon it. Of all else there is enough for all. */
export const LIMITS = {
  gpus: 2,
  /** By the type of an instance; `spot ` before it for spot jobs, `warm-pool ` for pools that are Available. */
  quotas: {
    'ml.m5.large': 5,
    'spot ml.m5.large': 4,
    'ml.g5.xlarge': 3,
    'warm-pool ml.m5.large': 3,
    'warm-pool ml.g5.xlarge': 1,
  },
} as const satisfies { readonly gpus: number; readonly quotas: Readonly<Record<string, number>> }

/** @returns undefined where there is no quota */
export function quotaOf(name: string): number | undefined {
  return Object.entries(LIMITS.quotas).find(([known]) => known === name)?.[1]
}
