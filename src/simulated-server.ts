import type { Config } from './config/config.ts'
import type { DurableFiles } from './durable/durable-files.ts'
import type { Plans } from './plans/plans.ts'
import type { ExecutionEnvironment } from './runtime/runtime.ts'
import type { SimulationSource } from './runtime/simulated/simulated-runtime.ts'
import type { Store } from './store/store.ts'
import { clusterOf } from './supervisor/cluster.ts'
import { parseJobRequest } from './supervisor/job-request.ts'
import type { LogStreams } from './telemetry/log-streams.ts'

/** What the simulated runtime is told by the server that it is part of. */
export function simulationSource(parts: {
  readonly store: Pick<Store, 'job'>
  readonly streams: LogStreams
  readonly plans: Plans
  readonly config: Config
  /** Absolute path of the folder of jobs. */
  readonly folder: string
  readonly durable: DurableFiles
}): SimulationSource {
  const { store, streams, plans, config, folder, durable } = parts
  return {
    folder,
    durable,
    plan: (name) => plans.find('simulate', name)?.text,
    async record(id) {
      const job = await store.job(id.jobId)
      if (!job) return undefined
      const request = parseJobRequest(job.request)
      return {
        state: job.state,
        variables: request.Environment ?? {},
        hosts: clusterOf(request).hosts,
        logFile: streams.fileOf(id),
        logMaxBytes: config.logs['max-bytes'],
      }
    },
  }
}

interface Environments {
  resolve(image: string): ExecutionEnvironment | undefined
}

/** What only plays needs no python, and any image plays. */
export function anyImage(environments: Environments): Environments {
  return { resolve: (image) => environments.resolve(image) ?? { name: image, python: '/usr/bin/python3' } }
}
