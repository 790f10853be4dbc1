import { openEmbeddedObjects } from '../../../src/objects/embedded/embedded-objects.ts'
import { systemIds } from '../../../src/util/ids.ts'

/** The program that is killed: `crash-writer.ts FOLDER put|part UPLOAD_ID`. It says `writing` once bytes are on their way and never ends by itself. */
const [folder = '', what = 'put', uploadId = ''] = process.argv.slice(2)
const store = await openEmbeddedObjects({ folder, clock: { now: Date.now }, ids: systemIds() })
const address = { bucket: 'bucket', key: 'k' }

async function* endless(): AsyncGenerator<Uint8Array> {
  for (let written = 0; ; written += 65_536) {
    yield Buffer.alloc(65_536, 'x')
    if (written === 4 * 2 ** 20) process.stdout.write('writing\n')
    if (written >= 4 * 2 ** 20) await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

if (what === 'put') await store.put(address.bucket, address.key, endless(), { metadata: {} })
else await store.putPart({ ...address, uploadId, partNumber: 2 }, endless(), { size: 2 ** 30 })
