import { jobName, jobsFolder } from './support/jobs-folder.ts'
import { compareRates } from './support/rates.ts'
import { ownerOf, sagemakerCall } from './support/requests.ts'
import { bench, type Row } from './support/row.ts'
import { pinLoad, startBare, startTrainyard, trainyardProgram } from './support/servers.ts'

/**
 * Question: how many DescribeTrainingJob a second among 100,000 and among a million jobs, from 32 connections, beside a node:http that parses the same bodies
 * and answers as much? Run: `node bench/describe.ts` (about 40 s; a minute more the first time, to make the jobs).
 */
const PAIRS = 5
const WARM_UP_PAIRS = 5
const REQUESTS = 5000
const CONNECTIONS = 32
/** Of an answer about such a job. */
const ANSWER_BYTES = 1400

await bench(async () => {
  const program = await trainyardProgram()
  await pinLoad()
  return [await measure(program, 100_000), await measure(program, 1_000_000)]
})

async function measure(program: string, jobs: number): Promise<Row> {
  const data = await jobsFolder(program, jobs)
  const server = await startTrainyard({ program, data })
  const bare = await startBare('json', String(ANSWER_BYTES))
  try {
    const owner = await ownerOf(data)
    let asked = 0
    const describe = () => {
      const TrainingJobName = jobName((asked++ * 7919) % jobs)
      return sagemakerCall(server.port, owner, 'DescribeTrainingJob', { TrainingJobName })
    }
    const rates = await compareRates({
      pairs: PAIRS,
      warmUpPairs: WARM_UP_PAIRS,
      connections: CONNECTIONS,
      ours: server,
      theirs: bare,
      requests: () => Array.from({ length: REQUESTS }, describe),
    })
    return {
      what: `DescribeTrainingJob, ${jobs.toLocaleString('en')} jobs, 32 connections`,
      yardstick: 'node:http answering as much',
      goal: '≥ 0.60 (0.50)',
      result: `${rates.ratio.toFixed(2)} (by processor time ${rates.cpuRatio.toFixed(2)})`,
      met: rates.ratio >= 0.6,
      ours: rates.ours,
      theirs: rates.theirs,
    }
  } finally {
    await server.stop()
    await bare.stop()
  }
}
