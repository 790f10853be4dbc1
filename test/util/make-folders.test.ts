import assert from 'node:assert/strict'
import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeFolders } from '../../src/util/make-folders.ts'
import { temporaryFolder } from '../cli/temporary-folder.ts'

test('A folder is made with those above it that are missing, each with the mode', async (t) => {
  const root = temporaryFolder(t)
  const path = join(root, 'a/b/c')
  await makeFolders(path, 0o700)
  for (const folder of ['a', 'a/b', 'a/b/c']) assert.equal(statSync(join(root, folder)).mode & 0o777, 0o700, folder)
})

test('A folder that is there stays as it is, behind a link too', async (t) => {
  const root = temporaryFolder(t)
  mkdirSync(join(root, 'there'), { mode: 0o755 })
  symlinkSync('there', join(root, 'link'))
  await makeFolders(join(root, 'link'), 0o700)
  assert.equal(statSync(join(root, 'there')).mode & 0o777, 0o755)
})

test('Many may make the same folder at once', async (t) => {
  const path = join(temporaryFolder(t), 'a/b/c/d')
  await Promise.all(Array.from({ length: 20 }, () => makeFolders(path)))
  assert.ok(statSync(path).isDirectory())
})

test('A file in the way is what the error says', async (t) => {
  const root = temporaryFolder(t)
  writeFileSync(join(root, 'file'), '')
  await assert.rejects(makeFolders(join(root, 'file')), { code: 'EEXIST' })
  await assert.rejects(makeFolders(join(root, 'file/below')), { code: 'ENOTDIR' })
})

test('Where the kernel lets nobody make a folder it is refused, and not tried for ever', async () => {
  await assert.rejects(makeFolders('/proc/trainyard/data'), { code: 'ENOENT' })
})
