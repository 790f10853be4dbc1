import { spawn } from 'node:child_process'
import { once } from 'node:events'

/**
 * Runs a program to its end, its output being ours.
 *
 * @returns its exit code; 128 + the signal's place is not needed here, so a signal counts as 1
 */
export async function run(command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, { stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  return typeof code === 'number' ? code : 1
}
