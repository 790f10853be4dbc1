import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A configuration under which any jobs of a test run side by side, however few processors there are. */
export const ROOMY_FLEET = 'fleet: { cpus: 1000, memory: 10TiB }\n'

/** Configures a data folder so, unless it has a configuration. */
export async function makeRoomy(data: string): Promise<void> {
  const path = join(data, 'trainyard.yaml')
  if (existsSync(path)) return
  await mkdir(data, { recursive: true, mode: 0o700 })
  await writeFile(path, ROOMY_FLEET)
}
