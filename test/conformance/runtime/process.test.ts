import { Bench } from '../../runtime/process/support/bench.ts'
import { runtimeConformance, type RuntimeUnderTest } from './runtime-conformance.ts'

const COMMAND = ['/bin/sh', '-c', 'echo ready; sleep 0.2']

/** In whatever box this machine allows; all of them are tried by test/runtime/process. */
async function open(): Promise<RuntimeUnderTest> {
  const bench = await Bench.open('auto')
  const { jobNetwork } = await bench.runtime.capabilities()
  return {
    get runtime() {
      return bench.runtime
    },
    forgets: true,
    spec: () => bench.spec(COMMAND),
    pair: () => (jobNetwork ? bench.specsOfJob(2, 'job', COMMAND) : undefined),
    settle: (work) => work,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  }
}

runtimeConformance('the process runtime', open)
