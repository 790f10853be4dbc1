import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { downloadChannels } from '../../src/agent/channels/file-mode.ts'
import { writeManifest } from '../../src/agent/channels/manifest.ts'
import { instanceFolder } from '../../src/agent/instance-folder.ts'
import type { InstanceSpec } from '../../src/runtime/runtime.ts'
import { resources } from '../support/resources.ts'

const ID = { jobId: 'job', attempt: 1, host: 'algo-1' }

async function* files(source: string) {
  yield { path: 'part', size: 5, source }
}

test('a download that is lost with its connection can be asked for again, and its list goes once it is done', async () => {
  const data = await mkdtemp(join(tmpdir(), 'trainyard-download-'))
  const place = instanceFolder(data, ID)
  await mkdir(join(place.ml, 'input/data'), { recursive: true })
  const source = join(data, 'blob')
  await writeFile(source, 'bytes')
  const manifest = join(place.folder, 'channels.ndjson')
  const channels = await writeManifest(manifest, [{ name: 'train', files: files(source) }])
  const spec: InstanceSpec = {
    id: ID,
    hosts: [ID.host],
    network: 'machine',
    environment: { name: 'test', python: '/bin/python' },
    resources: resources(),
    command: undefined,
    variables: {},
    configFiles: {},
    channels: ['train'],
    logFile: join(data, 'log'),
    logMaxBytes: 1,
  }
  const order = { spec, plan: { isolation: 'base-dir', overlay: false, launcher: data } } as const
  const download = (signal: AbortSignal) => downloadChannels({ place, order, channels, manifest, signal })
  await assert.rejects(download(AbortSignal.abort(new Error('the connection is lost'))), /the connection is lost/)
  assert.deepEqual(await download(new AbortController().signal), { takenOver: [] })
  assert.equal(await readFile(join(place.ml, 'input/data/train/part'), 'utf8'), 'bytes')
  assert.ok(!existsSync(manifest))
  await rm(data, { recursive: true })
})
