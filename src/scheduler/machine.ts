import { availableParallelism, totalmem } from 'node:os'
import type { Config } from '../config/config.ts'
import { nvidiaSmi } from '../util/nvidia-smi.ts'
import type { Yard } from './yard.ts'

/** How a machine is asked what it has; for tests. */
export interface Probes {
  /** Processors that this process may use. */
  readonly cpus: () => number
  /** Bytes of the machine. */
  readonly memory: () => number
  /** Bytes that this process's cgroup may use: 0, or more than there is, where nothing limits it. */
  readonly memoryLimit: () => number
  /** What `nvidia-smi --query-gpu=index` prints; undefined where there is none. */
  readonly gpus: () => Promise<string | undefined>
}

const SYSTEM: Probes = {
  cpus: availableParallelism,
  memory: totalmem,
  memoryLimit: () => process.constrainedMemory(),
  gpus: () => nvidiaSmi('index'),
}

/** Of simulated jobs, which use nothing of the machine: more than anybody plays at. */
const SIMULATED = { cpus: 1_000_000, memory: 2 ** 52, gpus: 10_000 } as const

/** What this machine has; `fleet:` of the configuration says otherwise where it says anything. */
export async function readYard({ fleet }: Pick<Config, 'fleet'>, probes: Probes = SYSTEM): Promise<Yard> {
  const limit = probes.memoryLimit()
  const memory = limit > 0 ? Math.min(limit, probes.memory()) : probes.memory()
  const gpus = parseIndices((await probes.gpus()) ?? '')
  return {
    cpus: fleet.cpus ?? probes.cpus(),
    memory: fleet.memory ?? memory,
    gpus: fleet.gpus === undefined ? gpus : firstOf(gpus, fleet.gpus),
  }
}

/** What a simulated fleet has where `fleet:` of the configuration does not say. */
export function simulatedYard({ fleet }: Pick<Config, 'fleet'>): Yard {
  const { cpus = SIMULATED.cpus, memory = SIMULATED.memory, gpus = SIMULATED.gpus } = fleet
  return { cpus, memory, gpus: firstOf([], gpus) }
}

/** The first of those that are there, then those that follow them: more than there are is no error, as with processors. */
function firstOf(indices: readonly number[], count: number): readonly number[] {
  const next = (indices.at(-1) ?? -1) + 1
  return [...indices, ...Array.from({ length: count }, (_, more) => next + more)].slice(0, count)
}

function parseIndices(lines: string): readonly number[] {
  const indices = lines.trim().split('\n').map(Number)
  return lines.trim() !== '' && indices.every(Number.isInteger) ? indices.toSorted((one, other) => one - other) : []
}
