import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LocalFile } from '../../src/objects/objects.ts'
import { InstanceError } from '../../src/runtime/runtime.ts'
import { channelFiles, localPath } from '../../src/supervisor/channel-files.ts'
import { outputKey, parseS3Uri } from '../../src/util/s3-uri.ts'

test('a key finds its place below the channel by the rule of behaviour 4.2', () => {
  const cases: readonly (readonly [prefix: string, key: string, path: string | undefined])[] = [
    ['sagemaker/x/train/', 'sagemaker/x/train/data.arrow', 'data.arrow'],
    ['sagemaker/x/train', 'sagemaker/x/train/data.arrow', 'data.arrow'],
    ['sagemaker/x/train', 'sagemaker/x/train/sub/data.arrow', 'sub/data.arrow'],
    ['dir/file.csv', 'dir/file.csv', 'file.csv'],
    ['file.csv', 'file.csv', 'file.csv'],
    ['dir/par', 'dir/part-1', 'part-1'],
    ['train', 'train-01/x', 'train-01/x'],
    ['', 'a/b', 'a/b'],
    ['dir/', 'dir/', undefined],
    ['dir', 'dir/sub/', undefined],
  ]
  for (const [prefix, key, path] of cases) assert.equal(localPath(prefix, key), path, `${prefix} ${key}`)
})

async function filesOf(prefix: string, keys: readonly string[]): Promise<string[]> {
  const files = channelFiles(prefix, `s3://b/${prefix}`, objects(keys))
  const paths: string[] = []
  for await (const { path } of files) paths.push(path)
  return paths
}

async function* objects(keys: readonly string[]): AsyncGenerator<LocalFile> {
  for (const key of keys) yield { key, size: 1, path: '/blob' }
}

test('folder markers are left out, the rest comes in order', async () => {
  assert.deepEqual(await filesOf('d/', ['d/', 'd/a', 'd/b/', 'd/b/c']), ['a', 'b/c'])
})

test('two objects that need one name fail the download, whatever lies between them in the listing', async () => {
  for (const keys of [
    ['d/a', 'd/a-b', 'd/a/c'],
    ['d', 'd/d'],
    ['d/a/b', 'd/a/b/c'],
  ]) {
    await assert.rejects(
      filesOf('d', keys),
      (error) => error instanceof InstanceError && error.fault === 'client',
      keys.join(),
    )
  }
})

test('a key that is no file name fails the download', async () => {
  for (const key of ['d//a', 'd/../a', 'd/./a', 'd/a\0b']) {
    await assert.rejects(filesOf('d/', [key]), InstanceError, JSON.stringify(key))
  }
})

test('exactly one slash lies between the output path and the name of the job', () => {
  const key = (uri: string) => outputKey(parseS3Uri(uri) ?? { bucket: '', key: '' }, 'job', 'model.tar.gz')
  assert.equal(key('s3://b'), 'job/output/model.tar.gz')
  assert.equal(key('s3://b/'), 'job/output/model.tar.gz')
  assert.equal(key('s3://b/p/q'), 'p/q/job/output/model.tar.gz')
  assert.equal(key('s3://b/p/q/'), 'p/q/job/output/model.tar.gz')
  assert.equal(parseS3Uri('https://b/x'), undefined)
})
