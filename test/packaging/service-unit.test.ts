import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const UNIT = join(import.meta.dirname, '../../packaging/trainyard.service')

/** It is part of systemd, which not every machine has. */
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0
const required = process.env['TRAINYARD_REQUIRE_ALL'] === '1'
const skip = hasSystemd || required ? false : 'NOT TRIED: systemd-analyze is not here'

test('systemd finds nothing wrong with the unit', { skip }, () => {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', UNIT], { encoding: 'utf8' })
  // Systemd before 254 passes over what it does not know.
  const output = (stdout + stderr).replace(/^.*Unknown key (name )?'DelegateSubgroup' in section .*ignoring\.\n/, '')
  assert.deepEqual({ status, output }, { status: 0, output: '' })
})

test('the unit leaves jobs running, and takes nothing away that they are made of', () => {
  const settings = new Map(
    readFileSync(UNIT, 'utf8')
      .split('\n')
      .filter((line) => /^[A-Z]\w+=/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
  )
  assert.equal(settings.get('KillMode'), 'process')
  assert.equal(settings.get('Delegate'), 'yes')
  assert.equal(settings.get('DelegateSubgroup'), 'server')
  assert.equal(settings.get('OOMPolicy'), 'continue')
  for (const harmful of [
    'RestrictNamespaces',
    'ProtectHostname',
    'ProtectKernelTunables',
    'ProtectKernelLogs',
    'ProtectControlGroups',
    'ProtectClock',
    'PrivateDevices',
    'PrivateTmp',
    'PrivateUsers',
    'RestrictSUIDSGID',
  ])
    assert.ok(!settings.has(harmful), harmful)
})
