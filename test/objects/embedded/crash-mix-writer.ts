import { openEmbeddedObjects } from '../../../src/objects/embedded/embedded-objects.ts'
import type { ObjectInfo } from '../../../src/objects/objects.ts'
import { systemIds } from '../../../src/util/ids.ts'
import { bodyOf, pattern } from '../bodies.ts'

/**
 * A program that is killed: `crash-mix-writer.ts FOLDER SEED`. Four writers, each with keys of its own, put, copy, tag, delete and upload in parts, one
 * thing after another without end. Of each thing that is done a line is told: the key and its ETag, `-` for one that is gone.
 */
const [folder = '', seed = '1'] = process.argv.slice(2)
const BUCKET = 'bucket'
const KEYS = 5
const store = await openEmbeddedObjects({ folder, clock: { now: Date.now }, ids: systemIds() })

async function write(writer: number): Promise<void> {
  const choices = pattern(2 ** 16, Number(seed) * 4 + writer + 1)
  for (let at = 0; ; at = (at + 4) % (choices.length - 4)) {
    const [key, source] = [`${writer}/${choices.readUInt8(at) % KEYS}`, `${writer}/${choices.readUInt8(at + 1) % KEYS}`]
    const body = () => bodyOf(choices.subarray(at, at + choices.readUInt8(at + 2)))
    const done = await DEEDS[choices.readUInt8(at + 3) % DEEDS.length]?.({ key, source, body })
    if (done !== undefined) process.stdout.write(`${key} ${done}\n`)
  }
}

interface Deed {
  readonly key: string
  readonly source: string
  readonly body: () => AsyncIterable<Uint8Array>
}

const DEEDS: readonly ((deed: Deed) => Promise<string | undefined>)[] = [
  async ({ key, body }) => (await store.put(BUCKET, key, body(), { metadata: {} })).etag,
  async ({ key, source }) => {
    const choose = ({ metadata }: ObjectInfo) => ({ metadata, tags: [] })
    const copied = store.copy({ bucket: BUCKET, key: source }, { bucket: BUCKET, key }, choose)
    return copied.then(
      ({ etag }) => etag,
      () => undefined,
    )
  },
  async ({ key }) => {
    await store.delete(BUCKET, key)
    return '-'
  },
  async ({ key, body }) => {
    const { uploadId } = await store.createUpload(BUCKET, key, { metadata: {} })
    const part = await store.putPart({ bucket: BUCKET, key, uploadId, partNumber: 1 }, body(), {})
    return (await store.completeUpload({ bucket: BUCKET, key, uploadId }, [part])).etag
  },
]

await Promise.all([0, 1, 2, 3].map((writer) => write(writer)))
