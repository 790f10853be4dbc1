import type { SecondaryStatus } from '../../lifecycle/status.ts'
import type { Styles } from '../terminal/styles.ts'

type Tone = 'good' | 'bad' | 'warning' | 'busy'

const TONES = {
  Starting: 'busy',
  Pending: 'busy',
  Downloading: 'busy',
  Training: 'busy',
  Uploading: 'busy',
  Interrupted: 'warning',
  Restarting: 'warning',
  Stopping: 'warning',
  Completed: 'good',
  Failed: 'bad',
  Stopped: 'warning',
  MaxRuntimeExceeded: 'warning',
  MaxWaitTimeExceeded: 'warning',
} as const satisfies Record<SecondaryStatus, Tone>

const SIGNS = { good: '✓', bad: '✗', warning: '!', busy: '●' } as const satisfies Record<Tone, string>

/** The columns of the longest status that jobs usually pass through; longer ones push their line. */
export const STATUS_WIDTH = 11

export function toneStyle(status: SecondaryStatus, styles: Styles): (text: string) => string {
  const tone = TONES[status]
  if (tone === 'good') return styles.green
  if (tone === 'bad') return styles.red
  return tone === 'warning' ? styles.yellow : styles.cyan
}

/** `✓` for the good end, `✗` for the bad one, `!` for what somebody should look at, `●` for what goes on. */
export function statusSign(status: SecondaryStatus, styles: Styles): string {
  return toneStyle(status, styles)(SIGNS[TONES[status]])
}

/** Of a status that has ended: what was only work is done, an end stays what it was. */
export function endedSign(status: SecondaryStatus, styles: Styles): string {
  return TONES[status] === 'busy' ? styles.green('✓') : statusSign(status, styles)
}
