const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** `0 B`, `722 kB`, `1.4 GB`: three digits at most, in powers of a thousand. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  const digits = unit > 0 && value < 9.95 ? value.toFixed(1) : String(Math.round(value))
  return `${digits} ${BYTE_UNITS[unit] ?? ''}`
}

/** `16 ms`, `0.4 s`, `12.3 s`, `4 min 05 s`, `2 h 03 min`, `3 d 04 h`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 99.5) return `${Math.max(0, Math.round(milliseconds))} ms`
  const tenths = Math.round(milliseconds / 100)
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`
  const seconds = Math.round(tenths / 10)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`
  const hours = Math.floor(minutes / 60)
  return `${Math.floor(hours / 24)} d ${two(hours % 24)} h`
}

/** Local time to the second, `2026-11-23 14:57:02`; to the millisecond where asked. */
export function formatTime(at: number, precision: 'seconds' | 'milliseconds' = 'seconds'): string {
  const time = new Date(at)
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-')
  const clock = [two(time.getHours()), two(time.getMinutes()), two(time.getSeconds())].join(':')
  const fraction = precision === 'seconds' ? '' : `.${String(time.getMilliseconds()).padStart(3, '0')}`
  return `${date} ${clock}${fraction}`
}

/** A metric as people write it: whole where it is whole, else four significant digits. */
export function formatNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)))
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
