import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { atEnd } from '../support/at-end.ts'
import { removeDataFolder } from '../support/remove-data-folder.ts'

/** A folder of the test's own, gone when it ends; servers keep their data in `data` below it. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-cli-'))
  atEnd(t, async () => {
    await removeDataFolder(join(folder, 'data'))
    await rm(folder, { recursive: true, force: true })
  })
  return folder
}
