import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { text } from 'node:stream/consumers'
import { extract } from 'tar-stream'
import { mayFollow } from '../../src/lifecycle/transitions.ts'
import { SECONDARY_STATUSES, type SecondaryStatus } from '../../src/lifecycle/status.ts'
import { describe, get, linesOf, type Clients } from '../e2e/clients.ts'
import type { KillJob } from './kill-jobs.ts'

/** Everything that the server says of the jobs, as one text. */
export async function describedNow(server: Clients, jobs: readonly KillJob[]): Promise<string> {
  const all = []
  for (const { name } of jobs) {
    const { $metadata: _metadata, ...job } = await describe(server, name)
    all.push(job)
  }
  return JSON.stringify(all)
}

/** @returns what is broken of jobs that are over, in words */
export async function checkKilled(server: Clients, jobs: readonly KillJob[]): Promise<string[]> {
  const broken: string[] = []
  for (const job of jobs) broken.push(...(await checkJob(server, job)).map((problem) => `${job.name}: ${problem}`))
  const mounts = await readFile('/proc/self/mounts', 'utf8')
  if (mounts.includes('trainyard-kills-')) broken.push('a mount is left')
  return broken
}

async function checkJob(server: Clients, job: KillJob): Promise<string[]> {
  const described = await describe(server, job.name)
  const { TrainingJobStatus: status = '', SecondaryStatusTransitions: elements = [] } = described
  const broken: string[] = []
  if (status !== job.ends && !(job.isDisturbed && status === 'Failed'))
    broken.push(`it ended as ${status} (${described.FailureReason}), and should have as ${job.ends}`)
  for (const [index, { Status = '', StartTime }] of elements.slice(1).entries()) {
    const before = elements[index]
    if (!mayFollow(statusOf(before?.Status), statusOf(Status)))
      broken.push(`${before?.Status} is followed by ${Status}`)
    if (before?.EndTime?.getTime() !== StartTime?.getTime())
      broken.push(`${before?.Status} does not end where ${Status} begins`)
  }
  broken.push(...(await checkLines(server, job, status)))
  if (status === 'Completed' && job.model !== undefined) {
    const model = await modelIn(await get(server, `out/${job.name}/output/model.tar.gz`))
    if (model !== job.model) broken.push(`its archive holds ${model}`)
  }
  return broken
}

function statusOf(name = ''): SecondaryStatus {
  return SECONDARY_STATUSES.find((status) => status === name) ?? 'Failed'
}

/** Its lines in order, each once; all of them where it ended by itself. */
async function checkLines(
  server: Clients,
  { name, lines, ends, isDisturbed }: KillJob,
  status: string,
): Promise<string[]> {
  const found = await linesOf(server, name).catch((): string[] => [])
  const isWhole = status === ends && ends !== 'Stopped' && !isDisturbed
  const expected = isWhole ? lines : lines.slice(0, found.length)
  return found.join('\n') === expected.join('\n') ? [] : [`its log holds ${JSON.stringify(found)}`]
}

async function modelIn(archive: Buffer): Promise<string> {
  const entries = extract()
  entries.end(gunzipSync(archive))
  let model = ''
  for await (const entry of entries) model += entry.header.type === 'file' ? await text(entry) : ''
  return model
}
