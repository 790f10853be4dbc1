import { ObjectStoreError } from '../../../src/objects/objects.ts'
import { openEmbeddedObjects } from '../../../src/objects/embedded/embedded-objects.ts'
import { systemIds } from '../../../src/util/ids.ts'
import { bodyOf, pattern, read } from '../bodies.ts'
import { blobFiles } from './files.ts'

/** The program on the full disk: `full-disk-writer.ts FOLDER`. Prints one JSON object of what it saw. */
const [folder = ''] = process.argv.slice(2)
// The default action of the signal that comes with a file over its limit is death; with a handler the write fails instead.
process.on('SIGXFSZ', () => {})
const store = await openEmbeddedObjects({ folder, clock: { now: Date.now }, ids: systemIds() })
await store.createBucket({ name: 'bucket', account: '1', region: 'us-east-1' })
const big = pattern(6 * 2 ** 20)
const chunks = Array.from({ length: 96 }, (_, at) => big.subarray(at * 65_536, (at + 1) * 65_536))

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: unknown) => (error instanceof ObjectStoreError ? error.code : String(error)),
  )
}

const { uploadId } = await store.createUpload('bucket', 'big', { metadata: {} })
const address = { bucket: 'bucket', key: 'big', uploadId }
const put = await codeOf(store.put('bucket', 'big', bodyOf(...chunks), { metadata: {} }))
const part = await codeOf(store.putPart({ ...address, partNumber: 1 }, bodyOf(...chunks), {}))
await store.put('bucket', 'small', bodyOf('fits'), { metadata: {} })
const small = (await read((await store.get('bucket', 'small')).body)).toString()
const listed = (await store.list({ bucket: 'bucket', prefix: '', limit: 10 })).objects.map((info) => info.key)
await store.close()
process.stdout.write(JSON.stringify({ put, part, small, listed, files: (await blobFiles(folder)).length }))
