import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemDurableFiles } from '../../src/durable/durable-files.ts'
import { IdentityError, loadIdentity, readIdentity } from '../../src/identity/identity.ts'
import { systemIds } from '../../src/util/ids.ts'

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'trainyard-identity-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

function load(folder: string, region = 'us-east-1') {
  return loadIdentity({ folder, region, durable: systemDurableFiles, ids: systemIds() })
}

test('the first start makes an identity that only its owner can read', async () => {
  await using folder = await temporaryFolder()
  const identity = await load(folder.path, 'eu-west-1')
  assert.match(identity.account, /^[1-9]\d{11}$/)
  assert.match(identity.accessKeyId, /^AKIA[A-Z2-7]{16,}$/)
  assert.match(identity.secretAccessKey, /^[A-Za-z0-9+/]{40}$/)
  assert.match(identity.sessionKey, /^[0-9a-f]{64}$/)
  assert.equal(identity.defaultBucket, `sagemaker-eu-west-1-${identity.account}`)
  assert.equal((await stat(join(folder.path, 'identity.json'))).mode & 0o777, 0o600)
})

test('every later start finds the same identity, and every data folder has its own', async () => {
  await using folder = await temporaryFolder()
  await using other = await temporaryFolder()
  const identity = await load(folder.path)
  assert.deepEqual(await load(folder.path, 'eu-west-1'), identity)
  const stranger = await load(other.path)
  for (const member of ['account', 'accessKeyId', 'secretAccessKey', 'sessionKey'] as const) {
    assert.notEqual(stranger[member], identity[member], member)
  }
})

test('a file that is no identity is refused by its name and left as it is', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'identity.json')
  const { sessionKey: _left, ...incomplete } = await load(folder.path)
  for (const text of ['', 'no json', '[]', 'null', '{"version":2}', JSON.stringify(incomplete)]) {
    await writeFile(path, text)
    await assert.rejects(
      load(folder.path),
      (error) => error instanceof IdentityError && error.message.startsWith(`${path} is not an identity of Trainyard`),
      text,
    )
    assert.equal(await readFile(path, 'utf8'), text)
  }
})

test('no file is no identity, and a file that cannot be read is an error', async () => {
  await using folder = await temporaryFolder()
  assert.equal(await readIdentity(join(folder.path, 'identity.json')), undefined)
  await assert.rejects(readIdentity(folder.path), IdentityError)
})
