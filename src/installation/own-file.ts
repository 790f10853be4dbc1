import { existsSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A file or folder that ships beside the code, such as a shell script.
 *
 * @param path relative to `src/`; the bundle keeps the same names below its own folder
 * @throws OwnFileError where the installation is not whole
 */
export function ownFile(path: string): string {
  const here = import.meta.dirname
  // In a clone this module lies in src/installation/, in a bundle everything is one file in dist/.
  const found = [join(here, '..', path), join(here, path)].find((candidate) => existsSync(candidate))
  if (found === undefined) throw new OwnFileError(path)
  return found
}

export class OwnFileError extends Error {
  override readonly name = 'OwnFileError'
  readonly code = 'INCOMPLETE_INSTALLATION'

  constructor(path: string) {
    super(`This installation of Trainyard lacks its file ${path}: install it again.`)
  }
}
