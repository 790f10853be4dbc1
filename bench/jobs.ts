import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { instanceFolder } from '../src/agent/instance-folder.ts'
import { bwrapBox } from '../src/agent/sandbox/bwrap.ts'
import { readMachine } from '../src/agent/sandbox/machine.ts'
import { loadScripts } from '../src/agent/sandbox/scripts.ts'
import { RealClock } from '../src/clock/real-clock.ts'
import { readConfiguration } from '../src/data-folder/read-configuration.ts'
import { ProcessRuntime } from '../src/runtime/process/process-runtime.ts'
import type { InstanceSpec } from '../src/runtime/runtime.ts'
import { answerOf } from './support/load.ts'
import { createInput, ownerOf, sagemakerCall, type Owner } from './support/requests.ts'
import { bench, median, pairs, type Row } from './support/row.ts'
import { startTrainyard, temporaryData, trainyardProgram, type ServerProcess } from './support/servers.ts'
import { resources } from '../test/support/resources.ts'
import { makeRoomy } from '../test/support/roomy-fleet.ts'

/**
 * Questions: how long from the submission of an job in its box whose command is `true` until its caller sees it Completed, beside a bare spawn of `true` in the same
 * box? At what rate do 200 at once complete, beside the rate at which the agent alone runs them? Run: `node bench/jobs.ts` (about 30 s).
 */
const JOBS = 40
const AT_ONCE = 200
const USER = process.getuid?.() === 0 ? { uid: 59_484, gid: 59_484 } : undefined
const NAMES = join(import.meta.dirname, 'none')

await bench(async () => {
  const program = await trainyardProgram()
  const data = await temporaryData('jobs')
  // Not in the server's own, which removes what belongs to no job.
  const bare = await temporaryData('bare')
  // As the agent alone does, it runs all of them at once.
  await makeRoomy(data)
  const server = await startTrainyard({ program, data, hold: false, pin: false })
  try {
    const owner = await ownerOf(data)
    const alone = await measureOne(server, owner, bare)
    return [alone, await measureMany(server, owner)]
  } finally {
    await server.stop()
    for (const folder of [data, bare]) await rm(folder, { recursive: true, force: true, maxRetries: 10 })
  }
})

/** @param bare a folder for the bare box */
async function measureOne(server: ServerProcess, owner: Owner, bare: string): Promise<Row> {
  let made = 0
  const box = await bareBox(bare)
  const { ours, theirs } = await pairs(
    JOBS,
    () => timed(() => completed(server, owner, [`one-${made++}`])),
    () => timed(() => bareSpawn(box)),
  )
  const more = median(ours) - median(theirs)
  return {
    what: 'job in its box whose command is `true`, submit to Completed seen by the caller',
    yardstick: 'bare spawn of the same box',
    goal: '≤ + 10 ms',
    result: `+ ${more.toFixed(0)} ms`,
    met: more <= 10,
    ours: `${median(ours).toFixed(0)} ms`,
    theirs: `${median(theirs).toFixed(1)} ms`,
  }
}

async function measureMany(server: ServerProcess, owner: Owner): Promise<Row> {
  const names = Array.from({ length: AT_ONCE }, (_, at) => `many-${at}`)
  const ours = AT_ONCE / ((await timed(() => completed(server, owner, names))) / 1000)
  const theirs = AT_ONCE / ((await agentAlone()) / 1000)
  const ratio = ours / theirs
  return {
    what: `${AT_ONCE} such jobs at once`,
    yardstick: 'the agent alone',
    goal: '≥ 0.5',
    result: ratio.toFixed(2),
    met: ratio >= 0.5,
    ours: `${ours.toFixed(0)} jobs/s`,
    theirs: `${theirs.toFixed(0)} jobs/s`,
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** Submits jobs at once and asks for each, one after the other, until it is Completed. */
async function completed(server: ServerProcess, owner: Owner, names: readonly string[]): Promise<void> {
  const call = (operation: string, input: object) =>
    answerOf(server.port, sagemakerCall(server.port, owner, operation, input))
  await Promise.all(
    names.map((name) => {
      const { HyperParameters: _none, ...input } = createInput(name, owner.defaultBucket) as Record<string, unknown>
      return call('CreateTrainingJob', input)
    }),
  )
  for (const TrainingJobName of names) {
    let status = ''
    while (status !== 'Completed') {
      const answer = await call('DescribeTrainingJob', { TrainingJobName })
      status = /"TrainingJobStatus":"(\w+)"/.exec(answer)?.[1] ?? answer
      if (status !== 'Completed' && status !== 'InProgress') throw new Error(answer)
    }
  }
}

/** What the agent enters for a job, without what reports on it. */
async function bareBox(data: string): Promise<readonly string[]> {
  const place = instanceFolder(data, { jobId: 'bare', attempt: 1, host: 'algo-1' })
  for (const folder of [place.ml, place.scratch]) await mkdir(folder, { recursive: true })
  const parts = { place, dataFolder: data, scripts: loadScripts(), machine: readMachine(), scratch: '/tmp' }
  const { enter } = bwrapBox({ ...parts, covers: [], overlays: [] })
  const reporting = enter.indexOf('--json-status-fd')
  const box = enter.slice(0, enter.indexOf('--'))
  return [...box.toSpliced(reporting, 2), '--', '/bin/true']
}

async function bareSpawn([program = '', ...args]: readonly string[]): Promise<void> {
  const [code] = (await once(spawn(program, args, { stdio: 'ignore' }), 'exit')) as [number | null]
  if (code !== 0) throw new Error(`the bare box ended with ${code}`)
}

/** Launch, start and end of as many instances, without a server. */
async function agentAlone(): Promise<number> {
  const data = await temporaryData('agent')
  const program = await trainyardProgram()
  const runtime = new ProcessRuntime({
    dataFolder: data,
    config: (await readConfiguration(join(data, 'trainyard.yaml'))).process,
    ...(USER ? { jobUser: USER } : {}),
    agentCommand: [process.execPath, program, 'agent'],
    clock: new RealClock(),
    // No job of this bench has a network of its own.
    taker: () => Promise.reject(new Error('nobody takes sockets here')),
    log: pino({ level: 'silent' }),
  })
  try {
    await runInstance(0)
    return await timed(() => Promise.all(Array.from({ length: AT_ONCE }, (_, at) => runInstance(at + 1))))
  } finally {
    await runtime.close()
    await rm(data, { recursive: true, force: true, maxRetries: 10 })
  }

  async function runInstance(number: number): Promise<void> {
    const instance = await runtime.launch(specOf(data, number), {})
    await instance.download([], {})
    await instance.start({})
    const end = await instance.wait({})
    if (end.kind !== 'exited' || end.code !== 0) throw new Error(`an instance ended: ${JSON.stringify(end)}`)
    await instance.destroy()
  }
}

function specOf(data: string, number: number): InstanceSpec {
  return {
    id: { jobId: `job-${number}`, attempt: 1, host: 'algo-1' },
    hosts: ['algo-1'],
    network: 'machine',
    environment: { name: 'bench', python: NAMES },
    resources: resources(),
    command: ['/bin/true'],
    variables: {},
    configFiles: {},
    channels: [],
    logFile: join(data, 'logs', String(number)),
    logMaxBytes: 2 ** 20,
  }
}
