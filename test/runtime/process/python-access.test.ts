import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { PythonProbe } from '../../../src/runtime/process/python-access.ts'

const JOB_USER = { uid: 59_484, gid: 59_484 }
const isRoot = process.getuid?.() === 0

test(
  'A python in a folder that is closed to the user of jobs is refused, and the folder named',
  { skip: !isRoot && 'needs root' },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'closed-'))
    t.after(() => rmSync(folder, { recursive: true }))
    symlinkSync('/usr/bin/python3', join(folder, 'python3'))
    const access = await new PythonProbe(JOB_USER).access(join(folder, 'python3'))
    assert.equal(access.usable, false)
    assert.match(access.usable ? '' : access.reason, new RegExp(`because ${folder} is closed to it`))
  },
)

test('A python below /usr is usable by everybody', async () => {
  const access = await new PythonProbe(isRoot ? JOB_USER : undefined).access('/usr/bin/python3')
  assert.equal(access.usable, true)
})
