import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { AS_ROOT, Bench } from './support/bench.ts'

/** A folder that looks like a virtual environment: its python is a link out of it. */
function environmentInTmp(): Disposable & { readonly folder: string } {
  const folder = mkdtempSync('/tmp/trainyard-environment-')
  chmodSync(folder, 0o755)
  mkdirSync(join(folder, 'bin'))
  symlinkSync('/usr/bin/env', join(folder, 'bin/python'))
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
}

async function assertVisible(python: string): Promise<void> {
  await using bench = await Bench.open('auto')
  const command = ['/bin/sh', '-c', 'command -v python; touch ~/mine && case $HOME in /tmp/*) echo in tmp;; esac']
  const subject = await bench.launchCommand(command, { python })
  assert.deepEqual(await subject.run(), { kind: 'exited', code: 0 }, subject.log)
  assert.equal(subject.log, `${python}\n`)
}

test('an environment below /tmp stays visible, and its job has a home elsewhere', async () => {
  using environment = environmentInTmp()
  await assertVisible(join(environment.folder, 'bin/python'))
})

test('so does one that is reached through a link elsewhere', async () => {
  using environment = environmentInTmp()
  // Where jobs can look, which is neither of the two folders that may be their own.
  const links = mkdtempSync(join(AS_ROOT ? '/run' : homedir(), 'trainyard-links-'))
  chmodSync(links, 0o755)
  symlinkSync(environment.folder, join(links, 'environment'))
  await assertVisible(join(links, 'environment/bin/python'))
  rmSync(links, { recursive: true })
})
