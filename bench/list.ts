import { jobName, jobsFolder } from './support/jobs-folder.ts'
import { load } from './support/load.ts'
import { ownerOf, sagemakerCall, type Owner } from './support/requests.ts'
import { bench, median, quantile, type Row } from './support/row.ts'
import { pinLoad, startBare, startTrainyard, trainyardProgram, type ServerProcess } from './support/servers.ts'

/**
 * Questions: how long does a page of 100 take among a million jobs, beside the same among a thousand, with any filter and order? How long does NameContains take
 * where nothing matches, beside a scan of a covering index, and how long do others wait meanwhile? Run: `node bench/list.ts` (about 40 s).
 */
const MANY = 1_000_000
const FEW = 1000
const ROUNDS = 5
const PAGES = 200
const SCANS = 5
/** Beside each scan: a search is over before two others have had an answer, and of a few the slowest hundredth would be the slowest one. */
const SEARCHES = 40

const FILTERS = {
  none: {},
  'StatusEquals Completed': { StatusEquals: 'Completed' },
  'StatusEquals Failed': { StatusEquals: 'Failed' },
  'StatusEquals InProgress': { StatusEquals: 'InProgress' },
  'SortBy Name': { SortBy: 'Name' },
  'SortBy Status, Descending': { SortBy: 'Status', SortOrder: 'Descending' },
  Ascending: { SortBy: 'CreationTime', SortOrder: 'Ascending' },
  CreationTimeAfter: { CreationTimeAfter: 1_704_067_200 + 6000 },
  'CreationTimeBefore, Stopped': { CreationTimeBefore: 1_704_067_200 + 54_000, StatusEquals: 'Stopped' },
  LastModifiedTimeBefore: { LastModifiedTimeBefore: 1_704_067_200 + 54_000 },
} as const

await bench(async () => {
  const program = await trainyardProgram()
  const folders = { many: await jobsFolder(program, MANY), few: await jobsFolder(program, FEW) }
  const many = await startTrainyard({ program, data: folders.many })
  const few = await startTrainyard({ program, data: folders.few })
  try {
    await pinLoad()
    const owners = { many: await ownerOf(folders.many), few: await ownerOf(folders.few) }
    const pages = await measurePages({ many, few }, owners)
    return [...pages, ...(await measureNameContains(many, folders.many, owners.many))]
  } finally {
    await many.stop()
    await few.stop()
  }
})

type Both<Value> = Readonly<Record<'many' | 'few', Value>>

/** All filters in turn in each round, so that what warms a server up, and a bad moment of the machine, is nobody's more than another's. */
async function measurePages(servers: Both<ServerProcess>, owners: Both<Owner>): Promise<readonly Row[]> {
  const measured = Object.entries(FILTERS).map(([name, filter]) => ({
    name,
    filter,
    many: [] as number[],
    few: [] as number[],
  }))
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { filter, ...p99 } of measured) {
      for (const side of ['many', 'few'] as const) {
        const latencies = await pagesOf(servers[side].port, owners[side], filter)
        if (round > 0) p99[side].push(quantile(latencies, 0.99))
      }
    }
  }
  const results = measured.map(({ name, ...p99 }) => {
    const [many, few] = [median(p99.many), median(p99.few)]
    return { name, ratio: many / few, many, few }
  })
  const worst = results.toSorted((a, b) => b.ratio - a.ratio)[0]
  const slowest = results.toSorted((a, b) => b.many - a.many)[0]
  if (!worst || !slowest) return []
  return [
    {
      what: `ListTrainingJobs, page of 100, one client, p99 (worst of ${results.length} filters: ${worst.name})`,
      yardstick: 'the same at 1,000 jobs',
      goal: '≤ 1.5',
      result: worst.ratio.toFixed(2),
      met: worst.ratio <= 1.5,
      ours: `${worst.many.toFixed(2)} ms at 1,000,000`,
      theirs: `${worst.few.toFixed(2)} ms`,
    },
    {
      what: `the same, slowest filter: ${slowest.name}`,
      yardstick: 'the clock',
      goal: '≤ 2 ms',
      result: `${slowest.many.toFixed(2)} ms`,
      met: slowest.many <= 2,
      ours: `${slowest.many.toFixed(2)} ms at 1,000,000`,
      theirs: '',
    },
  ]
}

async function pagesOf(port: number, owner: Owner, filter: object): Promise<readonly number[]> {
  const requests = Array.from({ length: PAGES }, () =>
    sagemakerCall(port, owner, 'ListTrainingJobs', { MaxResults: 100, ...filter }),
  )
  const { latencies, statuses } = await load(port, requests, 1)
  if (statuses['200'] !== PAGES) throw new Error(`a page was refused: ${JSON.stringify(statuses)}`)
  return latencies
}

async function measureNameContains(server: ServerProcess, data: string, owner: Owner): Promise<readonly Row[]> {
  const scan = await startBare('scan', data)
  try {
    const ours: number[] = []
    const theirs: number[] = []
    const others: number[] = []
    for (let round = 0; round <= SCANS; round++) {
      const searches: number[] = []
      const waited: number[] = []
      for (let search = 0; search < SEARCHES; search++) {
        const { searched, waits } = await searchBesideOthers(server.port, owner)
        searches.push(searched)
        waited.push(...waits)
      }
      const { total } = await load(scan.port, [Buffer.from('GET / HTTP/1.1\r\nhost: a\r\n\r\n')], 1)
      if (round === 0) continue
      ours.push(median(searches))
      theirs.push(total)
      others.push(...waited)
    }
    const ratio = median(ours.map((value, at) => value / (theirs[at] ?? Number.NaN)))
    const p99 = quantile(others, 0.99)
    return [
      {
        what: 'ListTrainingJobs, NameContains without a hit, 1,000,000 jobs',
        yardstick: 'a scan of a covering index',
        goal: '≤ 1.2',
        result: ratio.toFixed(2),
        met: ratio <= 1.2,
        ours: `${median(ours).toFixed(0)} ms`,
        theirs: `${median(theirs).toFixed(0)} ms`,
      },
      {
        what: 'DescribeTrainingJob meanwhile, p99',
        yardstick: 'the clock',
        goal: '≤ 20 ms',
        result: `${p99.toFixed(1)} ms`,
        met: p99 <= 20,
        ours: `median ${median(others).toFixed(1)} ms`,
        theirs: '',
      },
    ]
  } finally {
    await scan.stop()
  }
}

/** One search, and a client that describes one job after the other until it is over. */
async function searchBesideOthers(port: number, owner: Owner) {
  const search = sagemakerCall(port, owner, 'ListTrainingJobs', { NameContains: 'nowhere', MaxResults: 100 })
  const waits: number[] = []
  let isOver = false
  const searching = load(port, [search], 1).finally(() => (isOver = true))
  while (!isOver) {
    const TrainingJobName = jobName(waits.length)
    const { latencies } = await load(port, [sagemakerCall(port, owner, 'DescribeTrainingJob', { TrainingJobName })], 1)
    waits.push(...latencies)
  }
  return { searched: (await searching).total, waits }
}
