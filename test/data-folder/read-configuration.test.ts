import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DataFolderError } from '../../src/data-folder/data-folder-error.ts'
import { readConfiguration } from '../../src/data-folder/read-configuration.ts'

async function temporaryFile(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-configuration-'))
  return { path: join(folder, 'trainyard.yaml'), [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

async function complaints(path: string, text: string): Promise<string[]> {
  await writeFile(path, text)
  const error: unknown = await readConfiguration(path).catch((error: unknown) => error)
  assert.ok(error instanceof DataFolderError)
  assert.equal(error.code, 'BadConfiguration')
  const [first, ...found] = error.message.split('\n')
  assert.equal(first, `${path} is not a valid configuration. Mend it and start again:`)
  return found.map((line) => line.trim())
}

test('a file that is missing or empty is all defaults', async () => {
  await using file = await temporaryFile()
  const missing = await readConfiguration(file.path)
  assert.equal(missing.stop.grace, 120_000)
  await writeFile(file.path, '# nothing yet\n')
  assert.deepEqual(await readConfiguration(file.path), missing)
})

test('durations come as milliseconds, sizes as bytes', async () => {
  await using file = await temporaryFile()
  await writeFile(file.path, 'stop: { grace: 5s }\nkeep: { failed: 2h }\nlogs: { max-bytes: 2MiB }\n')
  const { stop, keep, logs } = await readConfiguration(file.path)
  assert.deepEqual([stop.grace, keep.failed, logs['max-bytes']], [5000, 7_200_000, 2_097_152])
})

test('everything that is wrong is named with its line, in the order of the file', async () => {
  await using file = await temporaryFile()
  const text = `region: nowhere
# a comment
stop:
  grcae: 5s
  grace: 5 minutes
keep: { failed: [] }
environments:
  torch:
    python: python3
process: 7
`
  assert.deepEqual(await complaints(file.path, text), [
    'line 1, region: must be a region such as us-east-1',
    'line 4, stop.grcae: is not a setting',
    'line 5, stop.grace: must be a duration such as 500ms, 120s, 5m, 24h or 7d',
    'line 6, keep.failed: must be a duration such as 500ms, 120s, 5m, 24h or 7d',
    'line 9, environments.torch.python: must be an absolute path',
    'line 10, process: must have settings of its own',
  ])
  assert.deepEqual(await complaints(file.path, '- 1\n'), ['line 1: must have settings of its own'])
})

test('what is not YAML is shown where it goes wrong', async () => {
  await using file = await temporaryFile()
  assert.match(
    (await complaints(file.path, 'stop:\n  grace: 1s\n  grace: 2s\n'))[0] ?? '',
    /unique at line 3, column 3/,
  )
  assert.match((await complaints(file.path, 'a: [\n'))[0] ?? '', /at line 2, column 1/)
  assert.match((await complaints(file.path, 'region: *nothing\n'))[0] ?? '', /nothing/)
})

test('a file that cannot be read is no missing one', async () => {
  await using file = await temporaryFile()
  await mkdir(file.path)
  await assert.rejects(readConfiguration(file.path), { code: 'BadConfiguration', message: /cannot be read.*EISDIR/ })
})
