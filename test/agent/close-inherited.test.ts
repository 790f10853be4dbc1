import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const MODULE = join(import.meta.dirname, '../../src/agent/close-inherited.ts')
const LOOK =
  "const { readlinkSync } = require('node:fs'); try { console.log(readlinkSync('/proc/self/fd/251')) } catch { console.log('closed') }"

test('A descriptor that whoever started the agent left open reaches nothing that the agent starts', () => {
  const inherited = openSync('/etc/hostname', 'r')
  const stdio = Array.from({ length: 251 }, (_, descriptor) => (descriptor < 3 ? 'pipe' : 'ignore'))
  const start = (close: string) => {
    const script = `${close}
      const { execFileSync } = await import('node:child_process')
      process.stdout.write(execFileSync(process.execPath, ['--eval', ${JSON.stringify(LOOK)}]))`
    return spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: [...stdio, inherited],
      encoding: 'utf8',
    })
  }
  try {
    assert.equal(start('').stdout, '/etc/hostname\n', 'without it the descriptor is passed on')
    const { stdout, stderr } = start(`const { closeInherited } = await import('${MODULE}'); closeInherited()`)
    assert.equal(stdout, 'closed\n', stderr)
  } finally {
    closeSync(inherited)
  }
})
