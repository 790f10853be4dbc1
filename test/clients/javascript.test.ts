import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { ClientServer } from './client-server.ts'

test('the SDK for JavaScript works as on AWS', { timeout: 300_000 }, async () => {
  await using server = await ClientServer.start()
  const { code, stdout, stderr } = await server.runNode(join(import.meta.dirname, 'scripts', 'javascript-sdk.mjs'))
  assert.equal(code, 0, stdout + stderr)
  assert.match(stdout, /^(# |ℹ )pass 8$/m)
})
