import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { ListObjectsQuery, ObjectStore } from '../../../src/objects/objects.ts'
import { bodyOf } from '../../objects/bodies.ts'
import { listAll, utf8Order } from './list-model.ts'
import type { StoreUnderTest } from './object-store-conformance.ts'

/** Few letters, so that keys share prefixes; a delimiter; the neighbours of what UTF-16 and UTF-8 sort differently. */
const letter = fc.constantFrom(
  'a',
  'b',
  '/',
  '-',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '\u{10ffff}',
  '\u0001',
  'é',
)
const text = (minLength: number, maxLength: number) =>
  fc.array(letter, { minLength, maxLength }).map((letters) => letters.join(''))

/** Listing against a plain model. */
export function listConformance(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} lists as S3 does:`, () => {
    test('all pages of any size, together, are what the model lists', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(text(1, 7), { maxLength: 25 }),
          fc.array(
            fc.record({
              prefix: text(0, 2),
              delimiter: fc.option(fc.constantFrom('/', '-', 'ab', '\u{10ffff}'), { nil: undefined }),
              after: fc.option(text(0, 3), { nil: undefined }),
              limit: fc.integer({ min: 1, max: 6 }),
            }),
            { minLength: 1, maxLength: 8 },
          ),
          async (keys, queries) => {
            await using under = await open()
            for (const key of keys) await under.store.put(under.bucket, key, bodyOf(), { metadata: {} })
            for (const query of queries) {
              assert.deepEqual(
                await allPages(under.store, { bucket: under.bucket, ...defined(query) }),
                listAll(keys, defined(query)),
              )
            }
          },
        ),
        { numRuns: 40 },
      )
    })

    test('a page is never larger than asked for and ends the list when nothing is left', async () => {
      await using under = await open()
      for (const key of ['a', 'b', 'c']) await under.store.put(under.bucket, key, bodyOf(), { metadata: {} })
      const page = (limit: number) => under.store.list({ bucket: under.bucket, prefix: '', limit })
      assert.equal((await page(2)).next, 'b')
      assert.equal((await page(3)).next, undefined)
      assert.deepEqual(await page(0), { objects: [], commonPrefixes: [] })
    })
  })
}

type Wanted = Omit<ListObjectsQuery, 'bucket' | 'limit'> & { readonly limit: number }

/** Without the members that are undefined. */
function defined(query: {
  prefix: string
  delimiter: string | undefined
  after: string | undefined
  limit: number
}): Wanted {
  const { prefix, delimiter, after, limit } = query
  return { prefix, limit, ...(delimiter === undefined ? {} : { delimiter }), ...(after === undefined ? {} : { after }) }
}

async function allPages(store: ObjectStore, query: ListObjectsQuery): Promise<string[]> {
  const entries: string[] = []
  for (let page = await store.list(query); ; page = await store.list({ ...query, after: page.next })) {
    const names = [...page.objects.map((info) => info.key), ...page.commonPrefixes].sort(utf8Order)
    assert.ok(names.length <= query.limit)
    entries.push(...names)
    if (page.next === undefined) return entries
    assert.equal(page.next, names.at(-1))
  }
}
