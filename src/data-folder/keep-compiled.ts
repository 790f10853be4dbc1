import { existsSync, readdirSync, rmSync } from 'node:fs'
import { constants, enableCompileCache } from 'node:module'
import { join } from 'node:path'

/**
 * What Node compiles from now on is kept in the data folder when this process ends, and read at the next start, which takes a quarter less time for it. Nothing
 * is written where no server has been before: the folder may still be refused. That it cannot be kept is no error.
 *
 * @param folder the data folder
 * @param version of the program; what other versions left is removed
 */
export function keepCompiled(folder: string, version: string): void {
  if (!existsSync(join(folder, 'store.db'))) return
  const compiled = join(folder, 'compiled')
  const { status } = enableCompileCache(join(compiled, version))
  // The environment may have named another place, or none.
  if (status !== constants.compileCacheStatus.ENABLED) return
  try {
    for (const name of readdirSync(compiled)) {
      if (name !== version) rmSync(join(compiled, name), { recursive: true, force: true })
    }
  } catch {
    // A folder that cannot be written is refused, with its reason, by whoever opens it.
  }
}
