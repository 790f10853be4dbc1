import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { load } from './support/load.ts'
import { createInput, ownerOf, sagemakerCall } from './support/requests.ts'
import { bench, type Row } from './support/row.ts'
import { startBare, startTrainyard, temporaryData, trainyardProgram } from './support/servers.ts'

/**
 * Questions: how much memory does the server hold after 3,000 requests, beside a node:http with node:sqlite after as many? How much more with 10,000 unfinished
 * jobs? Run: `node bench/memory.ts` (about 20 s).
 */
const REQUESTS = 3000
const JOBS = 10_000

await bench(async () => {
  const program = await trainyardProgram()
  const data = await temporaryData('memory')
  try {
    const bare = await bareMemory()
    const empty = await ourMemory(program, data, 0)
    const full = await ourMemory(program, data, JOBS)
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

/** After a restart on the folder's jobs, so that only what is known of them counts and not how they came. */
async function ourMemory(program: string, data: string, jobs: number): Promise<number> {
  const maker = await startTrainyard({ program, data })
  const owner = await ownerOf(data)
  const creates = Array.from({ length: jobs }, (_, at) =>
    sagemakerCall(maker.port, owner, 'CreateTrainingJob', createInput(`job-${at}`, owner.defaultBucket)),
  )
  if (jobs > 0) await load(maker.port, creates, 32)
  await maker.stop()
  const server = await startTrainyard({ program, data })
  const list = () => sagemakerCall(server.port, owner, 'ListTrainingJobs', { NameContains: 'none-of-that-name' })
  await load(server.port, Array.from({ length: REQUESTS }, list), 8)
  const held = privateMegabytes(server.pid)
  await server.stop()
  return held
}

/** Mapped files are left out: they are the disk's cache. */
function privateMegabytes(pid: number): number {
  const kilobytes = /^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1024
}
