import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { missing, runSuite, SITUATIONS } from './support/situations.ts'

/** Where everything must be tried, what is missing is a failure and not a reason to look away. */
const NOTHING_SKIPPED = process.env['CI'] !== undefined

describe('the process runtime keeps its contract for', () => {
  for (const situation of SITUATIONS) {
    const reason = missing(situation)
    test(situation.name, { skip: reason !== undefined && !NOTHING_SKIPPED && reason }, async () => {
      assert.equal(reason, undefined)
      const { passed, output } = await runSuite(situation)
      assert.ok(passed, output)
      assert.match(output, /pass [1-9]\d/)
    })
  }
})
