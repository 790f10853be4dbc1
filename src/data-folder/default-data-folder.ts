import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * Where a server keeps its data unless told otherwise: `$TRAINYARD_DATA`, `/var/lib/trainyard` for root, else `trainyard` below `$XDG_DATA_HOME` or
 * `~/.local/share`.
 */
export function defaultDataFolder(
  environment: Readonly<Record<string, string | undefined>>,
  uid: number | undefined,
): string {
  const chosen = environment['TRAINYARD_DATA']
  if (chosen) return chosen
  if (uid === 0) return '/var/lib/trainyard'
  const share = environment['XDG_DATA_HOME']
  // A relative path is to be ignored, by the XDG specification.
  return join(share?.startsWith('/') ? share : join(environment['HOME'] ?? homedir(), '.local/share'), 'trainyard')
}
