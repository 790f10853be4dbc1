const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

export const A_DURATION = 'must be a duration such as 500ms, 120s, 5m, 24h or 7d'
const DURATION = /^(\d+)(ms|s|m|h|d)$/

/** `30d` in milliseconds; undefined for what is no duration. */
export function parseDuration(text: string): number | undefined {
  const [, count = '', unit] = DURATION.exec(text) ?? []
  return unit === undefined ? undefined : Number(count) * UNITS[unit as keyof typeof UNITS]
}

/** The shortest that `parseDuration` reads as it: `30d`, `90m`. */
export function durationText(milliseconds: number): string {
  const fitting = Object.entries(UNITS).findLast(([, size]) => milliseconds % size === 0 && milliseconds >= size)
  return fitting ? `${milliseconds / fitting[1]}${fitting[0]}` : `${milliseconds}ms`
}
