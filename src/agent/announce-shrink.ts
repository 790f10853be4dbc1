import { fstatSync, writeSync } from 'node:fs'
import type { HostResources } from '../lifecycle/placement.ts'
import { gibibytes } from '../util/gibibytes.ts'

/** The log of an instance that gets less than its type has begins with that. Does nothing to a log that has begun. */
export function announceShrink(log: number, resources: HostResources): void {
  const line = shrinkLine(resources)
  if (line !== undefined && fstatSync(log).size === 0) writeSync(log, line)
}

/** @returns undefined where the instance gets what its type has */
export function shrinkLine({ instanceType, cpus, memory, gpus, typeHas }: HostResources): string | undefined {
  if (!typeHas) return undefined
  const has = describe(typeHas)
  return `[trainyard] ${instanceType} has ${has}; here it gets ${describe({ cpus, memory, gpus: gpus.length })}\n`
}

function describe({ cpus, memory, gpus }: { readonly cpus: number; readonly memory: number; readonly gpus: number }) {
  const shown = Math.round(cpus * 100) / 100
  const processors = `${shown} processor${shown === 1 ? '' : 's'}`
  return `${processors}, ${gibibytes(memory)}, ${gpus === 0 ? 'no' : gpus} GPU${gpus === 1 ? '' : 's'}`
}
