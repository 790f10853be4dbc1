import { readdirSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import type { HostResources } from '../lifecycle/placement.ts'

/** An instance that may use all there is, as long as nothing shares the machine out. */
export function wholeMachine(host: string, instanceType: string): HostResources {
  return { host, instanceType, cpus: availableParallelism(), memory: totalmem(), gpus: gpuIndices() }
}

/** By NVIDIA's names of its devices. */
function gpuIndices(): number[] {
  try {
    return readdirSync('/dev')
      .flatMap((name) => /^nvidia(\d+)$/.exec(name)?.[1] ?? [])
      .map(Number)
      .toSorted((a, b) => a - b)
  } catch {
    return []
  }
}
