import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { encodeEnvironment } from '../../src/agent/environment.ts'
import { ownFile } from '../../src/installation/own-file.ts'

/** Through the same last step as a job's: `start.sh` in a shell of this machine. */
function arrived(variables: Record<string, string>): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-environment-'))
  const { script, args } = encodeEnvironment(variables)
  writeFileSync(join(folder, 'environ'), script)
  const environment = openSync(join(folder, 'environ'), 'r')
  const status = openSync(join(folder, 'status'), 'a')
  try {
    const start = readFileSync(ownFile('agent/sandbox/start.sh'), 'utf8')
    const out = execFileSync('/bin/sh', ['-c', start, 'start', ...args, '/bin/cat', '/proc/self/environ'], {
      env: { PATH: '/usr/bin:/bin', PWD: '/', OLDPWD: '/', SHLVL: '1' },
      stdio: ['ignore', 'pipe', 'inherit', 'ignore', 'ignore', 'ignore', 'ignore', environment, status],
      encoding: 'utf8',
    })
    assert.equal(readFileSync(join(folder, 'status'), 'utf8'), '{ "started": true }\n')
    return Object.fromEntries(
      out
        .split('\0')
        .filter(Boolean)
        .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
    )
  } finally {
    closeSync(environment)
    closeSync(status)
    rmSync(folder, { recursive: true })
  }
}

/** What the helpers' own environment leaves is PATH, which every job sets. */
const PATH = '/usr/bin:/bin'

describe('a job’s environment', () => {
  test('reaches the command as it is, whatever the values hold', () => {
    const name = fc.oneof(
      fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,8}$/),
      fc.constantFrom('IFS', 'UID', 'PPID', 'PWD', 'OPTIND', 'SHLVL', '_', 'BASH_ENV', 'ENV', 'LINENO', 'PS4'),
    )
    const value = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replaceAll('\0', ''))
    fc.assert(
      fc.property(fc.dictionary(name, value, { maxKeys: 6 }), (variables) => {
        const all = { ...variables, PATH }
        assert.deepEqual(arrived(all), { ...all })
      }),
      { numRuns: 40 },
    )
  })

  test('holds nothing but what was given', () => {
    assert.deepEqual(arrived({ PATH }), { PATH })
  })

  test('is not on any command line, but for the names that a shell keeps for itself', () => {
    const { script, args } = encodeEnvironment({ AWS_SECRET_ACCESS_KEY: 'secret', UID: '7' })
    assert.deepEqual(args, ['UID=7'])
    assert.match(script, /secret/)
  })
})
