import { rm } from 'node:fs/promises'
import { compareRates } from './support/rates.ts'
import { createInput, ownerOf, sagemakerCall } from './support/requests.ts'
import { bench, type Row } from './support/row.ts'
import { pinLoad, startBare, startTrainyard, temporaryData, trainyardProgram } from './support/servers.ts'

/**
 * Question: how many CreateTrainingJob a second, signed, validated and durable, from 32 connections that each wait for their answer, beside a node:http that
 * parses the same bodies and answers? On the disk, and in memory, where a sync costs nothing. Run: `node bench/create.ts` (about a minute).
 */
const PAIRS = 5
const WARM_UP_PAIRS = 5
const REQUESTS = 3000
const CONNECTIONS = 32

await bench(async () => {
  const program = await trainyardProgram()
  await pinLoad()
  return [await measure(program, false), await measure(program, true)]
})

async function measure(program: string, memory: boolean): Promise<Row> {
  const data = await temporaryData('create', { memory })
  const server = await startTrainyard({ program, data })
  const bare = await startBare('json')
  try {
    const owner = await ownerOf(data)
    let made = 0
    const create = () =>
      sagemakerCall(server.port, owner, 'CreateTrainingJob', createInput(`job-${made++}`, owner.defaultBucket))
    const rates = await compareRates({
      pairs: PAIRS,
      warmUpPairs: WARM_UP_PAIRS,
      connections: CONNECTIONS,
      ours: server,
      theirs: bare,
      requests: () => Array.from({ length: REQUESTS }, create),
    })
    return {
      what: `CreateTrainingJob, durable, 32 connections${memory ? ', data folder in memory' : ''}`,
      yardstick: 'node:http parsing the same JSON',
      goal: '≥ 0.35 (0.30)',
      result: `${rates.ratio.toFixed(2)} (by processor time ${rates.cpuRatio.toFixed(2)})`,
      met: rates.ratio >= 0.35,
      ours: rates.ours,
      theirs: rates.theirs,
    }
  } finally {
    await server.stop()
    await bare.stop()
    await rm(data, { recursive: true, force: true })
  }
}
