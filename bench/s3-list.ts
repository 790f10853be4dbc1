/**
 * Question: is a page of a bucket of a million keys as fast as one of a thousand? Prints the milliseconds of a page of 1,000 keys, and of one of 100
 * common prefixes, in the middle of buckets of both sizes, medians of interleaved rounds. Run: `node bench/s3-list.ts` (about 15 s).
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openEmbeddedObjects } from '../src/objects/embedded/embedded-objects.ts'
import type { ListObjectsQuery } from '../src/objects/objects.ts'
import { openDatabase } from '../src/sqlite/open-database.ts'
import { systemIds } from '../src/util/ids.ts'

const SIZES = { thousand: 1000, million: 1_000_000 }
const FOLDERS = 100
const ROUNDS = 51

const root = await mkdtemp(path.join(tmpdir(), 'bench-s3-list-'))
try {
  const folder = path.join(root, 'objects')
  const options = { folder, clock: { now: Date.now }, ids: systemIds() }
  const empty = await openEmbeddedObjects(options)
  for (const name of Object.keys(SIZES)) await empty.createBucket({ name, account: '1', region: 'us-east-1' })
  await empty.close()
  fill(path.join(folder, 'index.db'))
  const objects = await openEmbeddedObjects(options)
  const list = (query: ListObjectsQuery) => objects.list(query)
  // The whole of the small bucket, and as much from the middle of the large one.
  await compare('1,000 keys', (bucket) =>
    list({ bucket, prefix: '', limit: 1000, ...(bucket === 'million' ? { after: 'f-050/' } : {}) }),
  )
  await compare('100 common prefixes', (bucket) => list({ bucket, prefix: '', delimiter: '/', limit: 1000 }))
  await objects.close()
} finally {
  await rm(root, { recursive: true, force: true })
}

/** Rows as the store writes them, without their blobs: a list looks at none. */
function fill(file: string): void {
  const database = openDatabase(file)
  for (const [bucket, size] of Object.entries(SIZES)) {
    database.exec(`
      WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${size - 1})
      INSERT INTO objects (bucket, key, blob, size, etag, last_modified, metadata)
      SELECT '${bucket}', printf('f-%03d/%07d', i % ${FOLDERS}, i), printf('${bucket}%020d', i), i, printf('%032x', i), i, '{}' FROM n`)
  }
  database.close()
}

async function compare(title: string, list: (bucket: string) => Promise<unknown>): Promise<void> {
  const times = new Map(Object.keys(SIZES).map((bucket) => [bucket, [] as number[]]))
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [bucket, taken] of times) {
      const start = performance.now()
      await list(bucket)
      // The first round warms up.
      if (round > 0) taken.push(performance.now() - start)
    }
  }
  const [few = 0, many = 0] = [...times.values()].map((taken) => median(taken))
  console.log(
    `page of ${title.padEnd(20)} of a thousand ${few.toFixed(2)} ms   of a million ${many.toFixed(2)} ms   ratio ${(many / few).toFixed(2)}`,
  )
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
