import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { ClientVenv } from '../../scripts/client-venvs.ts'
import type { ClientServer } from './client-server.ts'

/** Runs a module of Python's unittest from `scripts/` against the server: each of its tests is named as a sentence, and all must pass. */
export async function assertUnittest(server: ClientServer, venv: ClientVenv, file: string): Promise<void> {
  const { code, stderr } = await server.runPython(venv, 'python', [join(import.meta.dirname, 'scripts', file)])
  assert.equal(code, 0, stderr)
  assert.match(stderr, /^Ran [1-9]\d* tests? in [^]*\nOK\n$/m)
  assert.deepEqual(server.forbidden, [])
}
