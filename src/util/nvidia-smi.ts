import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'

const LONGEST_MS = 5000

/**
 * Asks NVIDIA's driver by its tool.
 *
 * @param query columns, such as `utilization.gpu,memory.used`
 * @returns a line for each GPU, without header and units; undefined where there is no such GPU, or no answer in five seconds
 */
export async function nvidiaSmi(query: string): Promise<string | undefined> {
  if (!existsSync('/dev/nvidiactl')) return undefined
  try {
    const questions = [`--query-gpu=${query}`, '--format=csv,noheader,nounits']
    const { stdout } = await promisify(execFile)('nvidia-smi', questions, { timeout: LONGEST_MS })
    return stdout
  } catch {
    return undefined
  }
}
