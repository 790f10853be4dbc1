import { accessSync, constants, lstatSync, readlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What jobs expect. `setup` makes it a link that never changes again. */
export const OPT_ML = '/opt/ml'
/** The folder that `setup` makes for the user who runs the server; in it the link to the running instance comes and goes. */
export const SETUP_FOLDER = '/var/lib/trainyard-opt-ml'
/** What `setup` lets `/opt/ml` point to. */
export const SETUP_LINK = join(SETUP_FOLDER, 'current')

export type OptMlLink =
  /** `link` may be made to point to an instance. */
  { readonly available: true; readonly link: string } | { readonly available: false; readonly reason: string }

/** Whether `/opt/ml` is a link whose end this user may set. */
export function findOptMlLink(): OptMlLink {
  const stats = lstatSync(OPT_ML, { throwIfNoEntry: false })
  if (!stats) return missing(`there is no ${OPT_ML}`)
  if (!stats.isSymbolicLink()) return missing(`${OPT_ML} is not a link`)
  const link = readlinkSync(OPT_ML)
  if (!link.startsWith('/')) return missing(`${OPT_ML} points to ${link}, which is no absolute path`)
  try {
    accessSync(dirname(link), constants.W_OK | constants.X_OK)
  } catch {
    return missing(`${OPT_ML} points into ${dirname(link)}, where this user may not write`)
  }
  const end = lstatSync(link, { throwIfNoEntry: false })
  return end && !end.isSymbolicLink() ? missing(`${link} is there and no link`) : { available: true, link }
}

function missing(reason: string): OptMlLink {
  return { available: false, reason }
}
