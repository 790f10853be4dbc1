import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { load } from './support/load.ts'
import { createInput, ownerOf, sagemakerCall } from './support/requests.ts'
import { bench, median, type Row } from './support/row.ts'
import { startBare, startTrainyard, temporaryData, trainyardProgram, type ServerProcess } from './support/servers.ts'

/**
 * Questions: how much memory does the server hold after 3,000 requests, beside a node:http with node:sqlite after as many? How much more with 10,000 unfinished
 * jobs? Run: `node bench/memory.ts` (about 30 s).
 */
const REQUESTS = 3000
const JOBS = 10_000
/** Of one program: by a quarter more or less is held, as V8's compiler and its young generation happen to need memory at once or not. */
const LIVES = 7

await bench(async () => {
  const program = await trainyardProgram()
  const data = await temporaryData('memory')
  try {
    const bare = await medianOf(bareMemory)
    await withServer(program, data, async () => undefined)
    const empty = await medianOf(() => ourMemory(program, data))
    await createJobs(program, data)
    const full = await medianOf(() => ourMemory(program, data))
    return rows(bare, empty, full)
  } finally {
    await rm(data, { recursive: true, force: true })
  }
})

function rows(bare: number, empty: number, full: number): readonly Row[] {
  const ratio = empty / bare
  const perThousand = ((full - empty) / JOBS) * 1000
  return [
    {
      what: `memory of the server after ${REQUESTS} requests`,
      yardstick: 'node:http with node:sqlite',
      goal: '≤ 1.25',
      result: ratio.toFixed(2),
      met: ratio <= 1.25,
      ours: `${empty.toFixed(0)} MB`,
      theirs: `${bare.toFixed(0)} MB`,
    },
    {
      what: 'more for each 1,000 unfinished jobs',
      yardstick: 'the server without',
      goal: '≤ 1 MB',
      result: `${perThousand.toFixed(2)} MB`,
      met: perThousand <= 1,
      ours: `${full.toFixed(0)} MB with ${JOBS}`,
      theirs: `${empty.toFixed(0)} MB`,
    },
  ]
}

async function bareMemory(): Promise<number> {
  const server = await startBare('sqlite')
  const request = Buffer.from('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}')
  await load(
    server.port,
    Array.from({ length: REQUESTS }, () => request),
    8,
  )
  const held = privateMegabytes(server.pid)
  await server.stop()
  return held
}

async function createJobs(program: string, data: string): Promise<void> {
  await withServer(program, data, async ({ port }) => {
    const owner = await ownerOf(data)
    const creates = Array.from({ length: JOBS }, (_, at) =>
      sagemakerCall(port, owner, 'CreateTrainingJob', createInput(`job-${at}`, owner.defaultBucket)),
    )
    await load(port, creates, 32)
  })
}

/** In another life than that in which the folder's jobs were made, so that only what is known of them counts and not how they came. */
function ourMemory(program: string, data: string): Promise<number> {
  return withServer(program, data, async ({ port, pid }) => {
    const owner = await ownerOf(data)
    const list = () => sagemakerCall(port, owner, 'ListTrainingJobs', { NameContains: 'none-of-that-name' })
    await load(port, Array.from({ length: REQUESTS }, list), 8)
    return privateMegabytes(pid)
  })
}

async function withServer<Result>(
  program: string,
  data: string,
  use: (server: ServerProcess) => Promise<Result>,
): Promise<Result> {
  const server = await startTrainyard({ program, data })
  try {
    return await use(server)
  } finally {
    await server.stop()
  }
}

async function medianOf(measure: () => Promise<number>): Promise<number> {
  const measured: number[] = []
  for (let life = 0; life < LIVES; life++) measured.push(await measure())
  return median(measured)
}

/** Mapped files are left out: they are the disk's cache. */
function privateMegabytes(pid: number): number {
  const kilobytes = /^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1024
}
