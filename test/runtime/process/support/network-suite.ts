import { after, before, describe } from 'node:test'
import { ISOLATIONS } from '../../../../src/agent/messages.ts'
import { Bench } from './bench.ts'
import { networkTests, reachTests } from './suite-network.ts'

/** As suite.ts, of jobs' own networks: `network-suite.ts ISOLATION open|closed [reach]`, the last for what instances reach alone. */
const isolation = ISOLATIONS.find((name) => name === process.argv[2])
if (!isolation) throw new Error('network-suite.ts needs the name of an isolation')

describe(`${isolation} ${process.argv[3]}`, () => {
  let bench: Bench | undefined
  before(async () => (bench = await Bench.open(isolation)))
  after(() => bench?.[Symbol.asyncDispose]())
  const current = () => {
    if (!bench) throw new Error('the bench is open only while a test runs')
    return bench
  }
  reachTests(current, process.argv[3] === 'open')
  if (process.argv[4] !== 'reach') networkTests(current)
})
