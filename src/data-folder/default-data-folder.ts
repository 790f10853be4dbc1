import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where a server keeps its data unless told otherwise: `/var/lib/trainyard` for root, else below `$XDG_DATA_HOME` or `~/.local/share`. */
export function defaultDataFolder(
  environment: Readonly<Record<string, string | undefined>>,
  uid: number | undefined,
): string {
  const chosen = environment['TRAINYARD_DATA']
  if (chosen) return chosen
  if (uid === 0) return '/var/lib/trainyard'
  const share = environment['XDG_DATA_HOME']
  return join(share?.startsWith('/') ? share : join(homedir(), '.local/share'), 'trainyard')
}
