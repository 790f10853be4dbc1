import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { missing, NETWORK_SITUATIONS, runSuite } from './support/situations.ts'

/** Where everything must be tried, what is missing is a failure and not a reason to look away. */
const NOTHING_SKIPPED = process.env['CI'] !== undefined || process.env['TRAINYARD_REQUIRE_ALL'] !== undefined
/** How networks come and go is tried once for each kind of box and once for each user; what instances reach, in every situation. */
const WHOLE = new Set(['root with bubblewrap, with a way out', 'a user with unshare, without a way out'])

describe('jobs have networks of their own for', () => {
  for (const situation of NETWORK_SITUATIONS) {
    const reason = missing(situation)
    test(situation.name, { skip: reason !== undefined && !NOTHING_SKIPPED && reason }, async () => {
      assert.equal(reason, undefined)
      const args = [situation.uplink, ...(WHOLE.has(situation.name) ? [] : ['reach'])]
      const { passed, output } = await runSuite(situation, { file: 'network-suite.ts', args })
      assert.ok(passed, output)
      assert.match(output, /pass [1-9]\d*/)
    })
  }
})
