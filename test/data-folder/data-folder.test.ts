import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DataFolderError } from '../../src/data-folder/data-folder-error.ts'
import { openDataFolder, refuseTaken } from '../../src/data-folder/data-folder.ts'
import { defaultDataFolder } from '../../src/data-folder/default-data-folder.ts'
import { readServerFile } from '../../src/data-folder/server-file.ts'
import { systemDurableFiles as durable } from '../../src/durable/durable-files.ts'
import { needsMounts, onSmallDisk } from '../support/small-disk.ts'

const IMPORTS = `
  import { openDataFolder } from ${JSON.stringify(import.meta.resolve('../../src/data-folder/data-folder.ts'))}
  import { systemDurableFiles as durable } from ${JSON.stringify(import.meta.resolve('../../src/durable/durable-files.ts'))}`

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
  assert.equal((await readServerFile(temporary.path))?.pid, process.pid)
  await first.close()
  await first.close()
  assert.equal(await readServerFile(temporary.path), undefined)
  const second = await openDataFolder({ path: temporary.path, durable })
  assert.equal(second.previousPort, 8484)
  await assert.rejects(
    openDataFolder({ path: temporary.path, durable }),
    new RegExp(`the server with pid ${process.pid}, which is starting or ending just now`),
  )
  await second.close()
})

test('a command that has the folder is named, until it gives it free', async () => {
  await using temporary = await temporaryFolder()
  await refuseTaken(temporary.path)
  const folder = await openDataFolder({ path: temporary.path, durable, command: 'prune' })
  const inUse = { code: 'InUse', message: new RegExp(`in use by trainyard prune \\(pid ${process.pid}\\)\\. Wait`) }
  await assert.rejects(openDataFolder({ path: temporary.path, durable }), inUse)
  await assert.rejects(refuseTaken(temporary.path), inUse)
  await folder.close()
  await refuseTaken(temporary.path)
  assert.ok(!(await readdir(temporary.path)).includes('lock.db.holder'))
})

test('the lock dies with a server that is killed', async () => {
  await using temporary = await temporaryFolder()
  const program = `${IMPORTS}
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

test('a folder that holds something else is refused and left as it is', async () => {
  await using temporary = await temporaryFolder()
  await writeFile(join(temporary.path, 'thesis.txt'), '')
  await chmod(temporary.path, 0o755)
  await assert.rejects(openDataFolder({ path: temporary.path, durable }), { name: 'DataFolderError', code: 'NotOurs' })
  assert.equal((await stat(temporary.path)).mode & 0o777, 0o755)
  assert.deepEqual(await readdir(temporary.path), ['thesis.txt'])
})

test('a folder that holds a configuration, or a new disk, is taken', async () => {
  for (const entry of ['trainyard.yaml', 'lost+found']) {
    await using temporary = await temporaryFolder()
    await writeFile(join(temporary.path, entry), '')
    await (await openDataFolder({ path: temporary.path, durable })).close()
  }
})

test('a file is no folder', async () => {
  await using temporary = await temporaryFolder()
  const path = join(temporary.path, 'file')
  await writeFile(path, '')
  for (const below of [path, join(path, 'data')]) {
    await assert.rejects(openDataFolder({ path: below, durable }), { name: 'DataFolderError', code: 'NotWritable' })
  }
})

test('a read-only or a full disk is named', needsMounts(), async () => {
  const disks = { 'size=1m,ro': 'NotWritable', 'size=4k': 'DiskFull' }
  for (const [options, code] of Object.entries(disks)) {
    const result = await onSmallDisk(
      options,
      `${IMPORTS}
      import { writeFileSync } from 'node:fs'
      const path = process.argv[1]
      // On the small one this takes the only page.
      try { writeFileSync(path + '/trainyard.yaml', '# full') } catch {}
      const error = await openDataFolder({ path, durable }).catch((error) => error)
      console.log(JSON.stringify([error.name, error.code]))`,
    )
    assert.deepEqual(result, ['DataFolderError', code], options)
  }
})

test('the default folder follows the environment, then the user', () => {
  assert.equal(defaultDataFolder({ TRAINYARD_DATA: '/d' }, 0), '/d')
  assert.equal(defaultDataFolder({}, 0), '/var/lib/trainyard')
  assert.equal(defaultDataFolder({ XDG_DATA_HOME: '/x' }, 1000), '/x/trainyard')
  assert.equal(
    defaultDataFolder({ HOME: '/home/me', XDG_DATA_HOME: 'relative' }, 1000),
    '/home/me/.local/share/trainyard',
  )
  assert.match(defaultDataFolder({}, 1000), /\.local\/share\/trainyard$/)
})

test('what a killed server left of a write is removed when its folder is taken, and nothing else is', async () => {
  await using temporary = await temporaryFolder()
  await writeFile(join(temporary.path, 'trainyard.yaml'), '')
  for (const name of ['keys.json.4711-12.tmp', 'notes.tmp']) await writeFile(join(temporary.path, name), 'half')
  const folder = await openDataFolder({ path: temporary.path, durable })
  const left = await readdir(temporary.path)
  assert.ok(!left.includes('keys.json.4711-12.tmp') && left.includes('notes.tmp'))
  await folder.close()
})
