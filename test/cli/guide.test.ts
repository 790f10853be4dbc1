import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { EXIT_CODES } from '../../src/cli/exit-codes.ts'
import { ROOT, trainyard } from './program.ts'

const guide = readFileSync(join(ROOT, 'docs/guides/cli.md'), 'utf8')

test('The guide and the program have one table of exit codes', () => {
  const rows = [...guide.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, code, meaning]) => ({
    code: Number(code),
    meaning,
  }))
  assert.deepEqual(rows, Object.values(EXIT_CODES))
})

test('The guide names every command and every option of serve, run and fetch', async () => {
  const { stdout } = await trainyard(['--help'])
  for (const [, command] of stdout.matchAll(/^ {2}([a-z]+)\b.* {2}/gm))
    if (command !== 'help') assert.ok(guide.includes(`trainyard ${command}`), command)
  const helps = await Promise.all(['serve', 'run', 'fetch'].map((command) => trainyard([command, '--help'])))
  const options = helps.flatMap((help) =>
    [...help.stdout.matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)].map(([, option]) => option),
  )
  const plain = new Set(['--help', '--name', '--env', '--max-runtime'])
  for (const option of options) if (!plain.has(option ?? '')) assert.ok(guide.includes(option ?? ''), option)
})
