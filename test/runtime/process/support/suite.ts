import { after, before, describe } from 'node:test'
import { ISOLATIONS, type Isolation } from '../../../../src/agent/messages.ts'
import { Bench } from './bench.ts'
import { bareTests } from './suite-bare.ts'
import { commandTests } from './suite-command.ts'
import { dataTests } from './suite-data.ts'
import { lifeTests } from './suite-life.ts'
import { warmTests } from './suite-warm.ts'

/** The tests of one situation, run in a process of its own: `suite.ts ISOLATION`, as the user and with the rights that this process has. */
const isolation = ISOLATIONS.find((name) => name === process.argv[2])
if (!isolation) throw new Error('suite.ts needs the name of an isolation')
register(isolation)

function register(isolation: Isolation): void {
  let bench: Bench | undefined
  const current = () => {
    if (!bench) throw new Error('the bench is open only while a test runs')
    return bench
  }
  describe(isolation, () => {
    before(async () => (bench = await Bench.open(isolation)))
    after(() => bench?.[Symbol.asyncDispose]())
    commandTests(current, isolation)
    dataTests(current, isolation)
    lifeTests(current, isolation)
    warmTests(current, isolation)
    bareTests(current, isolation)
  })
}
