import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { PROGRAM, ROOT, trainyard } from './program.ts'
import { temporaryFolder } from './temporary-folder.ts'

const ENV = { ...process.env, PATH: `${join(ROOT, 'bin')}:${dirname(process.execPath)}:/usr/bin:/bin`, TERM: 'xterm' }

/** Continuous integration installs every shell, and must run them all. */
function needs(shell: string): { readonly skip: string | false } {
  const isThere = spawnSync(shell, ['--version']).error === undefined
  return { skip: isThere || process.env['TRAINYARD_REQUIRE_ALL'] === '1' ? false : `${shell} is not installed` }
}

function run(shell: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): string[] {
  return execFileSync(shell, args, { env: { ...ENV, ...env }, encoding: 'utf8', timeout: 60_000 }).split('\n')
}

/** What bash would offer where the last of the words stands. */
function offeredByBash(words: readonly string[], env: Readonly<Record<string, string>> = {}): string[] {
  const set = 'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _trainyard; printf "%s\\n" "${COMPREPLY[@]}"'
  const script = `source <(trainyard completion bash); ${set}`
  return run('bash', ['-c', script, 'bash', 'trainyard', ...words], env).filter((word) => word !== '')
}

test('bash completes commands, options, values and what stands below a command', () => {
  assert.deepEqual(offeredByBash(['ke']), ['keys'])
  assert.deepEqual(offeredByBash(['keys', '']).slice(0, 4), ['create', 'list', 'rotate', 'revoke'])
  assert.deepEqual(offeredByBash(['keys', 'create', '--ki']), ['--kind'])
  assert.deepEqual(offeredByBash(['keys', 'create', '--kind', 'r']), ['read-only'])
  assert.deepEqual(offeredByBash(['--data', 'serve', 'serve', '--run']), ['--runtime'])
  assert.deepEqual(offeredByBash(['completion', '']).slice(0, 3), ['bash', 'zsh', 'fish'])
  assert.deepEqual(offeredByBash(['agen']), [])
})

test('Names of jobs and of files are completed', (t) => {
  const folder = temporaryFolder(t)
  // In the place of a server with two jobs.
  const bin = join(folder, 'trainyard')
  const list = `[ "$1" = jobs ] && { printf '%s\\n' '[' '    "TrainingJobName": "digits-1",' '    "TrainingJobName": "other-2",' ']'; exit; }`
  writeFileSync(bin, `#!/bin/sh\n${list}\nexec ${process.execPath} ${PROGRAM} "$@"\n`, { mode: 0o755 })
  const env = { PATH: `${folder}:${ENV.PATH}` }
  assert.deepEqual(offeredByBash(['describe', 'dig'], env), ['digits-1'])
  assert.deepEqual(offeredByBash(['backup', `${folder}/train`], env), [bin])
})

test('fish completes the same, with descriptions', needs('fish'), () => {
  const offered = (line: string) => run('fish', ['-c', `trainyard completion fish | source; complete -C '${line}'`])
  assert.ok(
    offered('trainyard ke').includes(
      'keys\tmake, list, rotate and revoke access keys; works without a running server too',
    ),
  )
  assert.deepEqual(
    offered('trainyard keys ').flatMap((line) => line.match(/^(?:create|list|rotate|revoke)(?=\t)/)?.[0] ?? []),
    ['create', 'list', 'revoke', 'rotate'],
  )
  assert.ok(offered('trainyard keys create --kind r').some((line) => line.startsWith('read-only')))
  assert.ok(offered('trainyard serve --run').some((line) => line.startsWith('--runtime')))
})

test('zsh completes what is typed in a terminal', needs('zsh'), () => {
  const script = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'source <(trainyard completion zsh); echo rea''dy'
zpty -r shell said '*ready*'
zpty -w -n shell $'trainyard keys rev\\t--help\\n'
zpty -r shell said '*Usage: trainyard keys revoke*'
print completed
zpty -d shell`
  assert.ok(run('zsh', ['-f', '-c', script]).includes('completed'))
})

test('A shell that is not known is a usage error', async () => {
  const { code, stderr } = await trainyard(['completion', 'tcsh'])
  assert.equal(code, 2)
  assert.match(stderr, /Allowed choices are bash, zsh, fish/)
})
