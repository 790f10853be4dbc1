import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodePageToken, encodePageToken } from '../../../src/operations/sagemaker/page-token.ts'
import { SearchHits } from '../../../src/operations/sagemaker/search-hits.ts'

const VALUES = ['', ' ', '5', '7', '-1e400', 'Infinity', 'text', '0x10', undefined]

/** Ids of all hits, page by page, each begun with a token as a client hands it back. */
function paged(jobs: readonly { readonly HyperParameters: object }[], ascending: boolean, limit: number): string[] {
  const ids: string[] = []
  for (let token: string | undefined; ;) {
    const after = token === undefined ? undefined : decodePageToken(token, {})
    const hits = new SearchHits({ sortBy: 'HyperParameters.x', ascending, limit, after })
    for (const [number, job] of jobs.entries()) hits.add(`job-${number}`, job)
    const { ids: page, next } = hits.page()
    ids.push(...page)
    if (!next) return ids
    token = encodePageToken(next, {})
  }
}

test('numbers, numbers beyond all others, texts, empty ones and absent ones have one order, which pages keep to', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...VALUES), { maxLength: 12 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 3 }),
      (values, ascending, limit) => {
        const jobs = values.map((x) => ({ HyperParameters: x === undefined ? {} : { x } }))
        const ids = paged(jobs, ascending, limit)
        assert.deepEqual(ids, paged(jobs, ascending, 100))
        assert.equal(new Set(ids).size, jobs.length)
      },
    ),
  )
  const order = paged(
    ['b', '', '7', undefined, '5'].map((x) => ({ HyperParameters: x === undefined ? {} : { x } })),
    true,
    100,
  )
  assert.deepEqual(order, ['job-4', 'job-2', 'job-1', 'job-0', 'job-3'])
})
