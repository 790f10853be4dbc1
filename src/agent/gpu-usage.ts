import { nvidiaSmi } from '../util/nvidia-smi.ts'

/** Of all GPUs of the machine together, whichever of them the instance has: two busy ones are 200 (behaviour 5.2). */
export interface GpuUsage {
  readonly gpu: number
  readonly gpuMemory: number
}

const QUERY = 'utilization.gpu,memory.used,memory.total'
/** One question serves all instances that are due together. */
const ANSWER_MS = 5000

let answer: { readonly at: number; readonly usage: Promise<GpuUsage | undefined> } | undefined

/** Asks NVIDIA's driver by its tool; undefined where there is no such GPU, or no answer in time. */
export function gpuUsage(): Promise<GpuUsage | undefined> {
  const at = performance.now()
  if (!answer || at - answer.at > ANSWER_MS) answer = { at, usage: ask() }
  return answer.usage
}

async function ask(): Promise<GpuUsage | undefined> {
  const csv = await nvidiaSmi(QUERY)
  return csv === undefined ? undefined : parseGpuUsage(csv)
}

/** @param csv a line for each GPU: percent, MiB used, MiB in all; `[N/A]` where a GPU does not say */
export function parseGpuUsage(csv: string): GpuUsage | undefined {
  const gpus = csv
    .trim()
    .split('\n')
    .map((line) => line.split(',').map(Number))
  if (!gpus.flat().every((number) => Number.isFinite(number)) || gpus.some((numbers) => numbers.length !== 3))
    return undefined
  return {
    gpu: gpus.reduce((sum, [busy = 0]) => sum + busy, 0),
    gpuMemory: gpus.reduce((sum, [, used = 0, all = 0]) => sum + (all > 0 ? (used / all) * 100 : 0), 0),
  }
}
