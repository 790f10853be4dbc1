import { InvalidArgumentError } from 'commander'
import { basename, extname } from 'node:path'

/** What CreateTrainingJob allows. */
const LONGEST = 63

/** What CreateTrainingJob would refuse is refused before anything is uploaded. @throws InvalidArgumentError */
export function parseJobName(text: string): string {
  if (text.length <= LONGEST && /^[a-zA-Z0-9](-*[a-zA-Z0-9])*$/.test(text)) return text
  throw new InvalidArgumentError(
    `It must be letters, digits and hyphens, at most ${LONGEST}, a hyphen neither first nor last.`,
  )
}

/** A name in the manner of the SDKs: what is run, and the time (UTC) to the millisecond, `train-20261123-152905-266`. @param now epoch milliseconds */
export function jobNameFor(path: string, now: number): string {
  const stamp = new Date(now).toISOString().replaceAll(/[-:Z]/g, '').replaceAll(/[T.]/g, '-')
  const base = basename(path, extname(path))
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  const shortened = base.slice(0, LONGEST - stamp.length - 1).replace(/-+$/, '')
  return `${shortened === '' ? 'job' : shortened}-${stamp}`
}
