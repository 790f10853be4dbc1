import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ClientServer } from './client-server.ts'

const PYTHON = 'import sys, urllib.request\nurllib.request.urlopen(sys.argv[1])'
const NODE = `
const url = new URL(process.argv[2])
const { get } = await import(url.protocol === 'https:' ? 'node:https' : 'node:http')
get(url, () => process.exit(0)).on('error', () => process.exit(0))
`

test('a Python client that reaches beyond this machine is noticed, and does not get there', async () => {
  await using server = await ClientServer.start()
  for (const url of ['http://sts.example.com/', 'https://sts.example.com/']) {
    const result = await server.runPython('aws', 'python', ['-c', PYTHON, url])
    assert.equal(result.code, 1)
  }
  assert.deepEqual(server.forbidden, ['GET http://sts.example.com/', 'CONNECT sts.example.com:443'])
})

test('a Node client that reaches beyond this machine is ended', async () => {
  await using server = await ClientServer.start()
  const script = join(server.folder, 'reach.mjs')
  await writeFile(script, NODE)
  for (const url of ['http://192.0.2.1/', 'https://sts.example.com/']) {
    const result = await server.runNode(script, [url])
    assert.equal(result.code, 99, result.stderr)
    assert.match(result.stderr, /^a connection to (192\.0\.2\.1|sts\.example\.com) was tried$/m)
  }
})
