import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemDurableFiles as durable } from '../../src/durable/durable-files.ts'
import { needsMounts, onSmallDisk } from '../support/small-disk.ts'

const IMPORT = `import { systemDurableFiles as durable } from ${JSON.stringify(
  import.meta.resolve('../../src/durable/durable-files.ts'),
)}`

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'trainyard-durable-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

test('a write takes the place of what was there, with its own mode, and leaves nothing beside it', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'file')
  await writeFile(path, 'old', { mode: 0o644 })
  await durable.write(path, 'new')
  assert.equal(await readFile(path, 'utf8'), 'new')
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  await durable.write(path, Buffer.from([1, 2]), { mode: 0o666 })
  assert.deepEqual([...(await readFile(path))], [1, 2])
  assert.equal((await stat(path)).mode & 0o777, 0o666)
  assert.deepEqual(await readdir(folder.path), ['file'])
})

test('of writers at once one wins whole', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'file')
  const contents = Array.from({ length: 10 }, (_, writer) => String(writer).repeat(50_000 + writer))
  await Promise.all(contents.map((content) => durable.write(path, content)))
  assert.ok(contents.includes(await readFile(path, 'utf8')))
  assert.deepEqual(await readdir(folder.path), ['file'])
})

test('of makers at once one makes the file, and a later one changes nothing', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'file')
  const makers = Array.from({ length: 10 }, (_, maker) => maker)
  const made = await Promise.all(makers.map((maker) => durable.create(path, `by ${maker}`)))
  assert.equal(made.filter(Boolean).length, 1)
  assert.equal(await readFile(path, 'utf8'), `by ${made.indexOf(true)}`)
  assert.equal(await durable.create(path, 'late'), false)
  assert.equal(await readFile(path, 'utf8'), `by ${made.indexOf(true)}`)
  assert.deepEqual(await readdir(folder.path), ['file'])
})

test('what is removed is gone, and removing what is not there is no error', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'file')
  await writeFile(path, '')
  await durable.remove(path)
  await durable.remove(path)
  await durable.remove(join(folder.path, 'no such folder', 'file'))
  assert.deepEqual(await readdir(folder.path), [])
})

test('files and folders of others can be synced, and what is not there is named', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'file')
  await writeFile(path, '')
  await durable.sync(path)
  await durable.sync(folder.path)
  await assert.rejects(durable.sync(join(folder.path, 'none')), { name: 'DurableFileError', code: 'ENOENT' })
})

test('a write that fails says why and leaves what was there', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'missing', 'file')
  await assert.rejects(durable.write(path, 'x'), (error) => {
    assert.ok(error instanceof Error)
    assert.equal(error.message, `Cannot write ${path}: its folder does not exist.`)
    return true
  })
  const taken = join(folder.path, 'taken')
  await mkdir(taken)
  await assert.rejects(durable.write(taken, 'x'), { name: 'DurableFileError', path: taken })
  assert.deepEqual(await readdir(folder.path), ['taken'])
})

test('on a full disk the old file stays, and the error says so', needsMounts(), async () => {
  const result = await onSmallDisk(
    'size=1m',
    `${IMPORT}
    import { readdirSync, readFileSync } from 'node:fs'
    const path = process.argv[1] + '/file'
    await durable.write(path, 'old')
    const error = await durable.write(path, 'x'.repeat(2_000_000)).catch((error) => error)
    const { name, code } = error
    const message = error.message.replace(path, 'PATH')
    console.log(JSON.stringify({ name, code, message, old: readFileSync(path, 'utf8'), files: readdirSync(process.argv[1]) }))`,
  )
  assert.deepEqual(result, {
    name: 'DurableFileError',
    code: 'ENOSPC',
    message: 'Cannot write PATH: the disk is full. Free some space and try again.',
    old: 'old',
    files: ['file'],
  })
})

test('a writer that is killed at any instant leaves a whole file', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'file')
  const source = `${IMPORT}
    const path = ${JSON.stringify(path)}
    for (let round = 1; ; round++) {
      await durable.write(path, String(round % 10).repeat(300_000))
      if (round === 1) console.log('written')
    }`
  for (let kill = 0; kill < 5; kill++) {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.match(await readFile(path, 'latin1'), /^(\d)\1{299999}$/)
  }
})
