import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RealClock } from '../../src/clock/real-clock.ts'
import { examine } from '../../src/cli/doctor/examine.ts'

/** What a test of several instances puts into its options: it runs where jobs can have networks of their own, must run in CI, and says loudly where they cannot. */
export async function needsJobNetwork(): Promise<{ readonly skip: string | false }> {
  if (process.env['TRAINYARD_REQUIRE_ALL'] === '1') return { skip: false }
  const findings = await examine({ environment: process.env, clock: new RealClock() }, join(tmpdir(), 'trainyard-none'))
  const lacking = findings.find(({ name, had }) => !had && (name === 'ip' || name === 'job network'))
  return { skip: lacking ? `NOT TESTED: ${lacking.name}: ${lacking.detail}` : false }
}
