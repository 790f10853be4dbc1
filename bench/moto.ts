import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { motoVenv } from '../scripts/client-venvs.ts'
import { compareRates } from './support/rates.ts'
import { createInput, ownerOf, sagemakerCall, type Owner } from './support/requests.ts'
import { bench, type Row } from './support/row.ts'
import {
  pinLoad,
  pinned,
  start,
  startTrainyard,
  temporaryData,
  trainyardProgram,
  type ServerProcess,
} from './support/servers.ts'

/** Question: how do Create, Describe and List compare with moto's server, for the same client? Run: `node bench/moto.ts` (about a minute). */
const PAIRS = 5
const CONNECTIONS = 4
/** Ours get more of them in a round, or a round would be over before there is anything to be seen of it. */
const OURS_MORE = 25
const REQUESTS = { CreateTrainingJob: 60, DescribeTrainingJob: 100, ListTrainingJobs: 60 } as const

type Operation = keyof typeof REQUESTS

await bench(async () => {
  const data = await temporaryData('moto')
  const ours = await startTrainyard({ program: await trainyardProgram(), data })
  const python = join(await motoVenv(), 'bin/python')
  // The development server writes where it listens to the standard error.
  const theirs = await start(pinned(['/bin/sh', '-c', `exec ${python} -m moto.server -H 127.0.0.1 -p 5987 2>&1`]))
  try {
    await pinLoad()
    const owner = await ownerOf(data)
    const servers = { ours, theirs }
    const rows: Row[] = []
    for (const operation of ['CreateTrainingJob', 'DescribeTrainingJob', 'ListTrainingJobs'] as const)
      rows.push(await measure(operation, servers, owner))
    return rows
  } finally {
    await ours.stop()
    await theirs.stop()
    await rm(data, { recursive: true, force: true })
  }
})

async function measure(
  operation: Operation,
  servers: { readonly ours: ServerProcess; readonly theirs: ServerProcess },
  owner: Owner,
): Promise<Row> {
  let round = 0
  const inputs = {
    CreateTrainingJob: (at: number) => createInput(`job-${round}-${at}`, owner.defaultBucket),
    // Both servers were asked in turn, so each has the jobs of every other round.
    DescribeTrainingJob: (at: number) => ({ TrainingJobName: `job-${round % 2}-${at % REQUESTS.CreateTrainingJob}` }),
    ListTrainingJobs: () => ({ MaxResults: 100 }),
  }
  const requests = ({ port }: ServerProcess) => {
    const count = REQUESTS[operation] * (port === servers.ours.port ? OURS_MORE : 1)
    const batch = Array.from({ length: count }, (_, at) => sagemakerCall(port, owner, operation, inputs[operation](at)))
    round++
    return batch
  }
  const rates = await compareRates({ pairs: PAIRS, connections: CONNECTIONS, ...servers, requests })
  return {
    what: `${operation}, ${CONNECTIONS} connections`,
    yardstick: "moto's server 5.2.5",
    goal: '≥ 30',
    result: `${rates.ratio.toFixed(0)} (by processor time ${rates.cpuRatio.toFixed(0)})`,
    met: rates.ratio >= 30,
    ours: rates.ours,
    theirs: rates.theirs,
  }
}
