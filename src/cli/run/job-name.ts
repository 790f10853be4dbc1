import { basename, extname } from 'node:path'

/** What CreateTrainingJob allows. */
const LONGEST = 63

/** A name as the SDKs make them: what is run, and the time to the millisecond. @param now epoch milliseconds */
export function jobNameFor(path: string, now: number): string {
  const stamp = new Date(now).toISOString().replaceAll(/[:.T]/g, '-').replace('Z', '')
  const base = basename(path, extname(path))
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  const shortened = base.slice(0, LONGEST - stamp.length - 1).replace(/-+$/, '')
  return `${shortened === '' ? 'job' : shortened}-${stamp}`
}
