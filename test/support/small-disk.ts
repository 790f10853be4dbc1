import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** A mount namespace of its own, so that nobody else sees the disk and it goes with the program; as an ordinary user inside a user namespace. */
export const UNSHARE = [...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']), '--mount', '--']

/** What a test puts into its options: it runs where mounts can be had, must run in CI, and says loudly where they cannot. */
export function needsMounts(): { readonly skip: string | false } {
  const possible = spawnSync('unshare', [...UNSHARE, 'sh', '-c', 'mount -t tmpfs none /tmp']).status === 0
  if (possible || process.env['TRAINYARD_REQUIRE_ALL'] === '1') return { skip: false }
  return {
    skip: 'NOT TRIED: a small or read-only disk needs mount namespaces, which this user of this machine cannot have',
  }
}

/**
 * Runs a program on a real disk of its own.
 *
 * @param options for tmpfs: `size=1m`, `ro`
 * @param source a TypeScript module; the folder where the disk is mounted is its first argument
 * @returns what it printed, parsed as JSON
 */
export async function onSmallDisk(options: string, source: string): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-disk-'))
  const mountAndRun = `mount -t tmpfs -o ${options} none "$0" && exec "$1" --input-type=module-typescript -e "$2" "$0"`
  const command = ['sh', '-c', mountAndRun, folder, process.execPath, source]
  try {
    const child = spawn('unshare', [...UNSHARE, ...command], { stdio: ['ignore', 'pipe', 'inherit'] })
    return JSON.parse(await text(child.stdout))
  } finally {
    await rm(folder, { recursive: true })
  }
}
