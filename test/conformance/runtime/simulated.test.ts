import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VirtualClock } from '../../../src/clock/virtual-clock.ts'
import { SimulatedRuntime } from '../../../src/runtime/simulated/simulated-runtime.ts'
import type { InstanceSpec } from '../../../src/runtime/runtime.ts'
import { runtimeConformance, type RuntimeUnderTest } from './runtime-conformance.ts'
import { resources } from '../../support/resources.ts'

const STEP_MS = 1000

function open(): Promise<RuntimeUnderTest> {
  const clock = new VirtualClock(0)
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-simulated-'))
  let jobs = 0
  const spec = (jobId: string, hosts: readonly string[], host: string): InstanceSpec => ({
    id: { jobId, attempt: 1, host },
    hosts,
    network: hosts.length > 1 ? 'job' : 'machine',
    environment: { name: 'local/python', python: '/usr/bin/python3' },
    resources: resources(),
    command: undefined,
    variables: {},
    configFiles: {},
    channels: [],
    logFile: join(folder, `${jobId}-${host}`),
    logMaxBytes: 1000,
  })
  return Promise.resolve({
    runtime: new SimulatedRuntime(clock),
    // An instance of an earlier life plays its stage again, so there is always one.
    forgets: false,
    spec: () => spec(`job-${++jobs}`, ['algo-1'], 'algo-1'),
    pair: () => {
      const hosts = ['algo-1', 'algo-2']
      const job = `job-${++jobs}`
      return hosts.map((host) => spec(job, hosts, host))
    },
    async settle<T>(work: Promise<T>): Promise<T> {
      let done = false
      const over = () => (done = true)
      work.then(over, over)
      while (!done) await clock.advance(STEP_MS)
      return work
    },
    [Symbol.asyncDispose]: () => {
      rmSync(folder, { recursive: true })
      return Promise.resolve()
    },
  })
}

runtimeConformance('the simulated runtime', open)
