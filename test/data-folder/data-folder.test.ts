import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DataFolderError } from '../../src/data-folder/data-folder-error.ts'
import { openDataFolder } from '../../src/data-folder/data-folder.ts'
import { defaultDataFolder } from '../../src/data-folder/default-data-folder.ts'
import { readConfiguration } from '../../src/data-folder/read-configuration.ts'
import { readServerFile } from '../../src/data-folder/server-file.ts'
import { systemDurableFiles as durable } from '../../src/durable/durable-files.ts'

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'trainyard-data-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

test('only its owner may look into a data folder', async () => {
  await using temporary = await temporaryFolder()
  const folder = await openDataFolder({ path: join(temporary.path, 'data'), durable })
  for (const path of [folder.paths.root, folder.paths.logs, folder.paths.jobs]) {
    assert.equal((await stat(path)).mode & 0o777, 0o700)
  }
  await folder.close()
})

test('a second server is refused and told who has the folder, and a closed one gives it free with its port', async () => {
  await using temporary = await temporaryFolder()
  const first = await openDataFolder({ path: temporary.path, durable })
  await first.announce({
    url: 'http://127.0.0.1:8484',
    host: '127.0.0.1',
    port: 8484,
    startedAt: '2026-01-01T00:00:00Z',
  })
  await assert.rejects(openDataFolder({ path: temporary.path, durable }), (error) => {
    assert.ok(error instanceof DataFolderError)
    assert.equal(error.code, 'InUse')
    assert.match(error.message, new RegExp(`pid ${process.pid}.*http://127\\.0\\.0\\.1:8484`))
    return true
  })
  await first.close()
  const second = await openDataFolder({ path: temporary.path, durable })
  assert.equal(second.previousPort, 8484)
  assert.equal((await readServerFile(temporary.path))?.pid, process.pid)
  await second.close()
})

test('the lock dies with a server that is killed', async () => {
  await using temporary = await temporaryFolder()
  const program = `
    import { openDataFolder } from ${JSON.stringify(import.meta.resolve('../../src/data-folder/data-folder.ts'))}
    import { systemDurableFiles as durable } from ${JSON.stringify(import.meta.resolve('../../src/durable/durable-files.ts'))}
    await openDataFolder({ path: ${JSON.stringify(temporary.path)}, durable })
    console.log('open'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  await assert.rejects(openDataFolder({ path: temporary.path, durable }), { code: 'InUse' })
  child.kill('SIGKILL')
  await once(child, 'exit')
  await (await openDataFolder({ path: temporary.path, durable })).close()
})

test('a configuration that is not valid names its file and what is wrong', async () => {
  await using temporary = await temporaryFolder()
  const path = join(temporary.path, 'trainyard.yaml')
  assert.equal((await readConfiguration(path)).stop.grace, 120_000)
  await writeFile(path, 'stop: { grace: 5s }\nkeep: { failed: 2h }\nlogs: { max-bytes: 2MiB }\n')
  const config = await readConfiguration(path)
  assert.deepEqual([config.stop.grace, config.keep.failed, config.logs['max-bytes']], [5000, 7_200_000, 2_097_152])
  await writeFile(path, 'stop: { grcae: 5s }\n')
  await assert.rejects(readConfiguration(path), /trainyard\.yaml.*grcae/s)
  await writeFile(path, 'a: [\n')
  await assert.rejects(readConfiguration(path), /trainyard\.yaml.*line/s)
})

test('the default folder follows the environment, then the user', () => {
  assert.equal(defaultDataFolder({ TRAINYARD_DATA: '/d' }, 0), '/d')
  assert.equal(defaultDataFolder({}, 0), '/var/lib/trainyard')
  assert.equal(defaultDataFolder({ XDG_DATA_HOME: '/x' }, 1000), '/x/trainyard')
  assert.match(defaultDataFolder({}, 1000), /\.local\/share\/trainyard$/)
})
