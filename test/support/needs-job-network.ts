import { examineNetwork } from '../../src/cli/doctor/network.ts'

/** What a test of several instances puts into its options: it runs where jobs can have networks of their own, must run in CI, and says loudly where they cannot. */
export async function needsJobNetwork(): Promise<{ readonly skip: string | false }> {
  if (process.env['TRAINYARD_REQUIRE_ALL'] === '1') return { skip: false }
  const lacking = (await examineNetwork()).find(({ name, had }) => !had && name !== 'slirp4netns')
  return { skip: lacking ? `NOT TESTED: ${lacking.name}: ${lacking.detail}` : false }
}
