import { spawnSync } from 'node:child_process'

/** Takes root's right to go past file modes away, so that closed folders are closed to whoever runs the tests. */
const DROP = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--'] : []

/** Runs Node with arguments as an ordinary user would. */
export function nodeAsAUser(args: readonly string[]): { readonly code: number | null; readonly stderr: string } {
  const [command = process.execPath, ...rest] = [...DROP, process.execPath, ...args]
  const { status, stderr } = spawnSync(command, rest, { encoding: 'utf8' })
  return { code: status, stderr }
}
