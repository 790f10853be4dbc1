import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VirtualClock } from '../../../src/clock/virtual-clock.ts'
import { SimulatedRuntime } from '../../../src/runtime/simulated/simulated-runtime.ts'
import { runtimeConformance, type RuntimeUnderTest } from './runtime-conformance.ts'

const STEP_MS = 1000

function open(): Promise<RuntimeUnderTest> {
  const clock = new VirtualClock(0)
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-simulated-'))
  let jobs = 0
  return Promise.resolve({
    runtime: new SimulatedRuntime(clock),
    // An instance of an earlier life plays its stage again, so there is always one.
    forgets: false,
    spec: () => ({
      id: { jobId: `job-${++jobs}`, attempt: 1, host: 'algo-1' },
      hosts: ['algo-1'],
      network: 'machine',
      environment: { name: 'local/python', python: '/usr/bin/python3' },
      command: undefined,
      variables: {},
      configFiles: {},
      channels: [],
      logFile: join(folder, `job-${jobs}`),
      logMaxBytes: 1000,
    }),
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
