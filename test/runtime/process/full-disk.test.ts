import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { AS_ROOT } from './support/bench.ts'

test(
  'a full disk is a job’s failure, not the server’s',
  { skip: !AS_ROOT && 'needs root: a small disk of its own is mounted' },
  () => {
    const folder = mkdtempSync('/var/tmp/trainyard-test-')
    chmodSync(folder, 0o755)
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    const suite = join(import.meta.dirname, 'support/suite-disk.ts')
    const mount = 'mount -t tmpfs -o size=16m,mode=755 test "$1" && exec "$2" "$3" "$1"'
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const args = ['--mount', '--propagation', 'private', '--', 'sh', '-c', mount, 'sh', disk, process.execPath, suite]
    const { status, stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8', env })
    assert.equal(status, 0, stdout + stderr)
    rmSync(folder, { recursive: true })
  },
)
