import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync, lstatSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { awsFiles, writeAwsProfile } from '../../../src/cli/env/aws-profile.ts'
import { setInSection } from '../../../src/cli/env/ini-section.ts'
import type { Identity } from '../../../src/identity/identity.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const IDENTITY: Identity = {
  version: 1,
  account: '111122223333',
  region: 'eu-west-1',
  accessKeyId: 'AKIATEST',
  secretAccessKey: 'secret/with+signs',
  sessionKey: '',
  defaultBucket: 'b',
}

const MINE = `# my own file
[default]
region = us-west-2

[profile yard]
region = us-east-1
s3 =
  max_concurrent_requests = 20
  region = nested, not mine to change
output = json

[profile other]
region = ap-south-1
`

test('A section is changed in place: its other keys, nested blocks, comments and the other sections stay', () => {
  const changed = setInSection(MINE, 'profile yard', { region: 'eu-west-1', endpoint_url: 'http://127.0.0.1:8484' })
  assert.equal(
    changed,
    MINE.replace('region = us-east-1', 'region = eu-west-1').replace(
      'output = json\n',
      'output = json\nendpoint_url = http://127.0.0.1:8484\n',
    ),
  )
  assert.equal(setInSection(changed, 'profile yard', { region: 'eu-west-1' }), changed)
})

test('A section that is missing goes to the end', () => {
  assert.equal(setInSection('', 'yard', { a: '1' }), '[yard]\na = 1\n')
  assert.equal(setInSection('[x]\nb = 2', 'yard', { a: '1' }), '[x]\nb = 2\n\n[yard]\na = 1\n')
})

test('A profile is written twice as once, into new files that only their owner reads', async (t) => {
  const home = join(temporaryFolder(t), 'home')
  const files = awsFiles({ HOME: home })
  await writeAwsProfile(files, 'yard', { url: 'http://127.0.0.1:8484', ...IDENTITY })
  const config = '[profile yard]\nregion = eu-west-1\nendpoint_url = http://127.0.0.1:8484\n'
  const credentials = '[yard]\naws_access_key_id = AKIATEST\naws_secret_access_key = secret/with+signs\n'
  for (const round of ['first', 'second']) {
    assert.equal(readFileSync(join(home, '.aws/config'), 'utf8'), config, round)
    assert.equal(readFileSync(join(home, '.aws/credentials'), 'utf8'), credentials, round)
    await writeAwsProfile(files, 'yard', { url: 'http://127.0.0.1:8484', ...IDENTITY })
  }
  assert.equal(statSync(join(home, '.aws/credentials')).mode & 0o777, 0o600)
})

test('A file that is a link stays one, and keeps its mode', async (t) => {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'dotfiles'))
  writeFileSync(join(folder, 'dotfiles/config'), MINE, { mode: 0o640 })
  symlinkSync('dotfiles/config', join(folder, 'config'))
  const files = { config: join(folder, 'config'), credentials: join(folder, 'credentials') }
  await writeAwsProfile(files, 'default', { url: 'http://127.0.0.1:1', ...IDENTITY })
  assert.ok(lstatSync(files.config).isSymbolicLink())
  assert.equal(statSync(files.config).mode & 0o777, 0o640)
  assert.match(readFileSync(files.config, 'utf8'), /\[default\]\nregion = eu-west-1\nendpoint_url = /)
})
