import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ownFolder, quickenEntry } from '../../../src/agent/cgroup/quicken-entry.ts'

test('the folder of our own group is found in either version of control groups', () => {
  assert.equal(ownFolder('9:name=systemd:/\n8:pids:/\n4:memory:/jobs/a\n0::/\n'), '/sys/fs/cgroup/pids/')
  assert.equal(ownFolder('4:memory:/jobs/a\n1:cpu,cpuacct:/\n'), '/sys/fs/cgroup/memory/jobs/a')
  assert.equal(
    ownFolder('0::/system.slice/trainyard.service/server\n'),
    '/sys/fs/cgroup/system.slice/trainyard.service/server',
  )
  assert.equal(ownFolder('9:name=systemd:/\n'), undefined)
  assert.equal(ownFolder(''), undefined)
})

test('entering our own group leaves us where we are, whether it is allowed or not', async () => {
  const before = readFileSync('/proc/self/cgroup', 'utf8')
  await Promise.all([quickenEntry(), quickenEntry()])
  assert.equal(readFileSync('/proc/self/cgroup', 'utf8'), before)
})
