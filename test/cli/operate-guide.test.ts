import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { compileConfig } from '../../src/config/config.ts'
import { ROOT, serve } from './program.ts'
import { temporaryFolder } from './temporary-folder.ts'

const guide = readFileSync(join(ROOT, 'docs/guides/operate-it.md'), 'utf8')

function blocks(language: string): readonly string[] {
  return [...guide.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, found, text = '']) =>
    found === language ? [text] : [],
  )
}

test('Every command of "Operate it" does what it is there for, one after another, on a server that runs', async (t) => {
  const folder = temporaryFolder(t)
  const data = join(folder, 'data')
  await serve(t, data, {}, '--runtime', 'simulated')
  // A python that every user may run comes first: doctor looks for one.
  const path = `${join(ROOT, 'bin')}:/usr/bin:/bin:/usr/sbin:/sbin:${dirname(process.execPath)}`
  const env = { PATH: path, HOME: folder, TRAINYARD_DATA: data, NO_COLOR: '1' }
  const script = blocks('sh').join('\n')
  const said = execFileSync('bash', ['-eo', 'pipefail', '-c', script], { env, encoding: 'utf8', timeout: 100_000 })
  assert.match(said, /A server can run jobs here\./)
  assert.match(said, /is profile dashboard in .*\.aws\/credentials/)
  assert.match(said, /owner +222233334444/)
  assert.match(said, /AKIA\w+ is revoked/)
  assert.match(said, /is backed up in .*trainyard-backup/)
  assert.match(said, /^WHAT +OLDER THAN +WOULD GO +SIZE\nlog streams +30d +0 /m)
  assert.match(said, /trainyard-restored is restored as it was on/)
  assert.ok(existsSync(join(folder, 'trainyard-restored/identity.json')))
})

test('The configuration in "Operate it" is one that a server takes', () => {
  const { disk, retention } = compileConfig(parse(blocks('yaml').join('')))
  assert.equal(disk.reserve, 10 * 2 ** 30)
  assert.deepEqual(retention, { logs: 2_592_000_000, journal: 7_776_000_000, jobs: 2_592_000_000 })
})
