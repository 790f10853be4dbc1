import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pino } from 'pino'
import { startApp, type App } from '../../src/app.ts'
import { openConnection, type Connection } from '../../src/cli/server/connection.ts'
import { needsMounts, onSmallDisk } from '../support/small-disk.ts'
import { getFile } from '../../src/client/get-file.ts'
import { listObjects } from '../../src/client/list-objects.ts'
import { putFile } from '../../src/client/put-file.ts'
import { SignedClient } from '../../src/client/signed-client.ts'
import { RealClock } from '../../src/clock/real-clock.ts'

const folder = mkdtempSync(join(tmpdir(), 'trainyard-client-'))
let app: App
let connection: Connection

before(async () => {
  const data = join(folder, 'data')
  app = await startApp({
    data,
    host: '127.0.0.1',
    port: 0,
    runtime: 'simulated',
    hold: true,
    insecure: false,
    environment: process.env,
    clock: new RealClock(),
    log: pino({ level: 'silent' }),
  })
  connection = await openConnection(data, app.url)
})

after(async () => {
  await connection[Symbol.asyncDispose]()
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

const at = (key: string) => ({ bucket: app.defaultBucket, key })

test('A file comes back as it went, whatever is in its key', async () => {
  const key = 'a b/ü+%2F=&?#/file (1).bin'
  const content = randomBytes(300_000)
  writeFileSync(join(folder, 'up'), content)
  let sent = 0
  let received = 0
  let announced: number | undefined
  await putFile(connection.client, join(folder, 'up'), at(key), { onBytes: (bytes) => (sent += bytes) })
  await getFile(connection.client, at(key), join(folder, 'new/folder/down'), {
    onBytes: (bytes) => (received += bytes),
    onSize: (bytes) => (announced = bytes),
  })
  assert.deepEqual(readFileSync(join(folder, 'new/folder/down')), content)
  assert.deepEqual([sent, received, announced], [content.length, content.length, content.length])
  const listed = await Array.fromAsync(listObjects(connection.client, at('a b/')))
  assert.deepEqual(listed, [{ key, size: content.length }])
})

test('A file above 64 MiB goes in parts, and an empty one goes whole', async () => {
  const large = Buffer.alloc(65 * 2 ** 20, randomBytes(1021))
  writeFileSync(join(folder, 'large'), large)
  writeFileSync(join(folder, 'empty'), '')
  let sent = 0
  await putFile(connection.client, join(folder, 'large'), at('sizes/large'), { onBytes: (bytes) => (sent += bytes) })
  await putFile(connection.client, join(folder, 'empty'), at('sizes/empty'))
  await getFile(connection.client, at('sizes/large'), join(folder, 'large-back'))
  await getFile(connection.client, at('sizes/empty'), join(folder, 'empty-back'))
  assert.equal(sent, large.length)
  assert.ok(readFileSync(join(folder, 'large-back')).equals(large))
  assert.equal(readFileSync(join(folder, 'empty-back')).length, 0)
})

test('A listing of more than a page is whole', async () => {
  writeFileSync(join(folder, 'one'), '1')
  const keys = Array.from({ length: 1005 }, (_, number) => `many/${String(number).padStart(4, '0')}`)
  // Some at a time: what arrives together is committed together.
  for (let first = 0; first < keys.length; first += 100) {
    const some = keys.slice(first, first + 100)
    await Promise.all(some.map((key) => putFile(connection.client, join(folder, 'one'), at(key))))
  }
  const listed = await Array.fromAsync(listObjects(connection.client, at('many/')))
  assert.deepEqual(
    listed.map(({ key }) => key),
    keys,
  )
})

test('What does not exist is NoSuchKey, and leaves no file', async () => {
  await assert.rejects(getFile(connection.client, at('nothing'), join(folder, 'none/file')), { code: 'NoSuchKey' })
  assert.ok(!readdirSync(folder).includes('none'))
})

test('An object that breaks off on its way never gets the name of the file', async (t) => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('only this')
    setImmediate(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' }
  const client = new SignedClient({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials })
  const target = mkdtempSync(join(folder, 'broken-'))
  await assert.rejects(getFile(client, at('x'), join(target, 'file')), { name: 'ConnectionError' })
  assert.deepEqual(readdirSync(target), [])
  await client.close()
})

test('An object that the disk has no room for names the file, and leaves nothing', needsMounts(), async () => {
  const said = await onSmallDisk(
    'size=64k',
    `import { readdirSync } from 'node:fs'
    import { Readable } from 'node:stream'
    import { getFile } from ${JSON.stringify(import.meta.resolve('../../src/client/get-file.ts'))}
    const [folder] = process.argv.slice(1)
    const client = { endpoint: 'http://nowhere', send: async () => ({ headers: {}, body: Readable.from([Buffer.alloc(2 ** 20)]) }) }
    const { message } = await getFile(client, { bucket: 'b', key: 'k' }, folder + '/model.tar.gz').catch((error) => error)
    console.log(JSON.stringify([message.replace(folder, ''), readdirSync(folder)]))`,
  )
  assert.deepEqual(said, ['Cannot write /model.tar.gz: the disk is full. Free some space and try again.', []])
})
