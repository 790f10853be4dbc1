import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Bench } from './support/bench.ts'

test('an environment below /tmp stays visible, and its job has a home elsewhere', async () => {
  const environment = mkdtempSync('/tmp/trainyard-environment-')
  chmodSync(environment, 0o755)
  mkdirSync(join(environment, 'bin'))
  const python = join(environment, 'bin/python')
  symlinkSync('/usr/bin/env', python)
  {
    await using bench = await Bench.open('auto')
    const command = ['/bin/sh', '-c', 'command -v python; touch ~/mine && case $HOME in /tmp/*) echo in tmp;; esac']
    const subject = await bench.launchCommand(command, { python })
    assert.deepEqual(await subject.run(), { kind: 'exited', code: 0 }, subject.log)
    assert.equal(subject.log, `${python}\n`)
  }
  rmSync(environment, { recursive: true })
})
