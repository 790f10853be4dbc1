import type { HostResources } from '../../src/lifecycle/placement.ts'

/** A processor and a gigabyte for one instance. */
export function resources(host = 'algo-1'): HostResources {
  return { host, instanceType: 'ml.m5.large', cpus: 1, memory: 2 ** 30, gpus: [] }
}
