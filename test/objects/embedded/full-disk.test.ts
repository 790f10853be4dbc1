import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const WRITER = path.join(import.meta.dirname, 'full-disk-writer.ts')
const SEEN = { put: 'StorageUnavailable', part: 'StorageUnavailable', small: 'fits', listed: ['small'], files: 1 }

async function emptyFolder(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'full-disk-'))
}

test('a put and a part that meet the limit of a file fail, leave nothing, and the store goes on', async (t) => {
  const folder = await emptyFolder()
  t.after(() => rm(folder, { recursive: true }))
  const { stdout } = await run('sh', ['-c', 'ulimit -f 6000 && exec "$0" "$@"', process.execPath, WRITER, folder])
  assert.deepEqual(JSON.parse(stdout), SEEN)
})

// Only root may mount a small disk; the test above covers the rest of us.
if (process.getuid?.() === 0) {
  test('a put and a part that fill the disk fail, leave nothing, and the store goes on', async (t) => {
    const folder = await emptyFolder()
    await run('mount', ['-t', 'tmpfs', '-o', 'size=5m', 'tmpfs', folder])
    t.after(async () => {
      await run('umount', [folder])
      await rmdir(folder)
    })
    const { stdout } = await run(process.execPath, [WRITER, path.join(folder, 'objects')])
    assert.deepEqual(JSON.parse(stdout), SEEN)
  })
}
