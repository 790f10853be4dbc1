import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { createGzip } from 'node:zlib'
import { pack } from 'tar-stream'
import { extractArchive } from '../../../src/cli/job/extract-archive.ts'
import { packSource } from '../../../src/cli/run/pack-source.ts'
import { temporaryFolder } from '../temporary-folder.ts'

test('A folder is packed with what its links lead to, without the litter of tools, and tar reads it', async (t) => {
  const folder = temporaryFolder(t)
  const source = join(folder, 'source')
  mkdirSync(join(source, 'pkg/__pycache__'), { recursive: true })
  mkdirSync(join(source, '.git'))
  writeFileSync(join(source, 'train.py'), 'import pkg')
  writeFileSync(join(source, 'pkg/__init__.py'), '')
  writeFileSync(join(source, 'pkg/__pycache__/x.pyc'), 'x')
  writeFileSync(join(source, '.git/HEAD'), 'x')
  writeFileSync(join(folder, 'shared.py'), 'shared')
  symlinkSync('../shared.py', join(source, 'shared.py'))
  symlinkSync('..', join(source, 'pkg/loop'))
  const archive = join(folder, 'sourcedir.tar.gz')
  await packSource({ folder: source, entry: 'train.py' }, archive)
  const names = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).trim().split('\n')
  assert.deepEqual(names, ['pkg/__init__.py', 'shared.py', 'train.py'])
  assert.equal(execFileSync('tar', ['-xzOf', archive, 'shared.py'], { encoding: 'utf8' }), 'shared')
})

test('A script is packed alone', async (t) => {
  const folder = temporaryFolder(t)
  for (const name of ['train.py', 'secret.txt']) writeFileSync(join(folder, name), name)
  const archive = join(folder, 'sourcedir.tar.gz')
  await packSource({ folder, entry: 'train.py', only: ['train.py'] }, archive)
  assert.equal(execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }), 'train.py\n')
})

test('An archive that a job made to do harm puts nothing outside of its folder', async (t) => {
  const folder = temporaryFolder(t)
  const archive = join(folder, 'model.tar.gz')
  const tar = pack()
  tar.entry({ name: 'model.json' }, 'good')
  tar.entry({ name: '../escaped' }, 'bad')
  tar.entry({ name: '/escaped-too' }, 'bad')
  tar.entry({ name: 'deep/../../escaped' }, 'bad')
  tar.entry({ name: 'link', type: 'symlink', linkname: '..' })
  tar.entry({ name: 'link/escaped' }, 'stays inside, because there is no link')
  tar.entry({ name: 'fifo', type: 'fifo' })
  tar.entry({ name: './sub/file' }, 'good too')
  tar.finalize()
  await pipeline(tar, createGzip(), createWriteStream(archive))
  await extractArchive(archive, join(folder, 'model'))
  assert.deepEqual(readdirSync(folder).sort(), ['model', 'model.tar.gz'])
  assert.deepEqual(readdirSync(join(folder, 'model')).sort(), ['link', 'model.json', 'sub'])
  assert.equal(readFileSync(join(folder, 'model/sub/file'), 'utf8'), 'good too')
  assert.ok(!existsSync('/escaped-too'))
})

test('A folder that holds something is not unpacked into, and a broken archive leaves nothing', async (t) => {
  const folder = temporaryFolder(t)
  const archive = join(folder, 'model.tar.gz')
  mkdirSync(join(folder, 'model'))
  writeFileSync(join(folder, 'model/mine'), '')
  execFileSync('tar', ['-czf', archive, '-C', folder, 'model'])
  await assert.rejects(extractArchive(archive, join(folder, 'model')), { code: 'InTheWay' })
  writeFileSync(archive, readFileSync(archive).subarray(0, 60))
  await assert.rejects(extractArchive(archive, join(folder, 'other')), { code: 'BadArchive' })
  assert.deepEqual(readdirSync(folder).sort(), ['model', 'model.tar.gz'])
})
