import { text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { join } from 'node:path'
import { DescribeLogStreamsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { extract } from 'tar-stream'
import { readIdentity } from '../../src/identity/identity.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { JobRecord, Store } from '../../src/store/store.ts'
import { describe, get, type Clients } from '../e2e/clients.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { checkSealed, streamFiles } from './check-logs.ts'
import type { KillJob } from './kill-jobs.ts'

/** More than a job of these has entries. */
const JOURNAL_ENTRIES = 1000

/** A promise that did not hold, and of which job. */
export interface BrokenJob {
  readonly job: string
  readonly problem: string
}

/** Everything that the server says of each job. */
export async function describedNow(server: Clients, jobs: readonly KillJob[]): Promise<ReadonlyMap<string, string>> {
  const all = new Map<string, string>()
  for (const { name } of jobs) {
    const { $metadata: _metadata, ...job } = await describe(server, name)
    all.set(name, JSON.stringify(job))
  }
  return all
}

/** What its clients see of a job that is over. */
export async function checkSeen(server: Clients, job: KillJob): Promise<string[]> {
  const { TrainingJobStatus: status = '', FailureReason } = await describe(server, job.name)
  const broken: string[] = []
  if (status !== job.ends && !(job.isDisturbed && status === 'Failed'))
    broken.push(`it ended as ${status} (${FailureReason}), and should have as ${job.ends}`)
  broken.push(...(await checkLines(server, job, status)))
  if (status === 'Completed' && job.model !== undefined) {
    const model = await modelIn(await get(server, `out/${job.name}/output/model.tar.gz`))
    if (model !== job.model) broken.push(`its archive holds ${model}`)
  }
  return broken
}

/** What the folder of a server that has ended holds of the jobs: each once, its transitions and its journal whole, its logs sealed. */
export async function checkKept(data: string, jobs: readonly KillJob[]): Promise<BrokenJob[]> {
  const scope = await readIdentity(join(data, 'identity.json'))
  if (!scope) return [{ job: 'every job', problem: 'the identity of its server is lost' }]
  const store = await openSqliteStore({ path: join(data, 'store.db') })
  try {
    const broken: BrokenJob[] = []
    for (const { name } of jobs) {
      const record = await store.jobByName(scope, name)
      const problems = record ? await checkRecord(store, join(data, 'logs'), record) : ['its record is lost']
      broken.push(...problems.map((problem) => ({ job: name, problem })))
    }
    return broken
  } finally {
    await store.close()
  }
}

async function checkRecord(store: Store, logs: string, record: JobRecord): Promise<string[]> {
  const journal = await store.journal({ jobId: record.id, after: 0, limit: JOURNAL_ENTRIES })
  const streams = (await streamFiles(logs)).filter((stream) => stream.startsWith(record.id))
  return [...brokenInvariants(record, journal), ...(await checkSealed(logs, streams))]
}

/** Of each attempt on each host the lines in order, each once; all of them in the last one where it ended by itself. */
async function checkLines(
  server: Clients,
  { name, lines, ends, isDisturbed }: KillJob,
  status: string,
): Promise<string[]> {
  const streams = await streamsOf(server, name)
  const last = new Map(streams.map((stream) => [hostOf(stream.name), stream.name]))
  const isWhole = status === ends && ends !== 'Stopped' && !isDisturbed
  const broken = streams.flatMap((stream) => {
    const expected = isWhole && last.get(hostOf(stream.name)) === stream.name
    const wanted = expected ? lines : lines.slice(0, stream.lines.length)
    return stream.lines.join('\n') === wanted.join('\n')
      ? []
      : [`its log ${stream.name} holds ${JSON.stringify(stream.lines)}`]
  })
  return isWhole && streams.length === 0 ? [...broken, 'it has no log'] : broken
}

interface Stream {
  readonly name: string
  readonly lines: readonly string[]
}

/** In the order of their attempts, whose time is part of the name. */
async function streamsOf(server: Clients, job: string): Promise<readonly Stream[]> {
  const group = { logGroupName: '/aws/sagemaker/TrainingJobs' }
  const { logStreams = [] } = await server.logs.send(
    new DescribeLogStreamsCommand({ ...group, logStreamNamePrefix: `${job}/` }),
  )
  const streams: Stream[] = []
  for (const { logStreamName: name = '' } of logStreams) {
    const request = { ...group, logStreamName: name, startFromHead: true }
    const { events = [] } = await server.logs.send(new GetLogEventsCommand(request))
    streams.push({ name, lines: events.map(({ message = '' }) => message) })
  }
  return streams
}

/** `k-1/algo-1-1700000000` */
function hostOf(stream: string): string {
  return stream.slice(0, stream.lastIndexOf('-'))
}

async function modelIn(archive: Buffer): Promise<string> {
  const entries = extract()
  entries.end(gunzipSync(archive))
  let model = ''
  for await (const entry of entries) model += entry.header.type === 'file' ? await text(entry) : ''
  return model
}
