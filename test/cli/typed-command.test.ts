import assert from 'node:assert/strict'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { programName } from '../../src/cli/server/typed-command.ts'
import { PROGRAM, ROOT, trainyard } from './program.ts'
import { temporaryFolder } from './temporary-folder.ts'

const PATH = ['/usr/bin', '/bin'].join(delimiter)

test('A command is named as it can be typed again where the program was called', () => {
  const named = (cwd: string, environment: Readonly<Record<string, string>>, file = PROGRAM) =>
    programName({ file, cwd, environment })
  assert.equal(named(ROOT, { PATH }), 'bin/trainyard')
  assert.equal(named(join(ROOT, 'bin'), { PATH }), './trainyard')
  assert.equal(named('/usr', { PATH }, '/home/a b/bin/trainyard'), "'/home/a b/bin/trainyard'")
  assert.equal(named('/home/me', { PATH }, '/home/me/node_modules/.bin/trainyard'), 'node_modules/.bin/trainyard')
  assert.equal(named(ROOT, { PATH: [PATH, join(ROOT, 'bin')].join(delimiter) }), 'trainyard')
  assert.equal(named(ROOT, { PATH: join(ROOT, 'bin'), npm_command: 'exec' }), 'npx trainyard')
})

test('What the program tells to type is what the shell finds', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const { stderr } = await trainyard(['jobs', '--data', data], { cwd: ROOT, env: { PATH, npm_command: undefined } })
  assert.ok(stderr.includes(`Start one with: bin/trainyard serve --data ${data}`), stderr)
})
