import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { listObjects } from '../../../src/objects/embedded/list-objects.ts'
import { keyAfterPrefix } from '../../../src/objects/embedded/walk-keys.ts'
import { ObjectRows, type KeyRange } from '../../../src/objects/embedded/object-rows.ts'
import { MIGRATIONS } from '../../../src/objects/embedded/schema.ts'
import { migrate } from '../../../src/sqlite/migrate.ts'

test('a page rolls up a hundred thousand keys in as many steps as it has entries', () => {
  const database = new DatabaseSync(':memory:')
  migrate(database, MIGRATIONS)
  database.exec(`
    INSERT INTO buckets VALUES ('b', '1', 'us-east-1', 0);
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
    INSERT INTO objects SELECT 'b', printf('%d/%06d', i / 50000, i), 'blob' || i, 0, '', 0, '{}', NULL, NULL, NULL, NULL, NULL FROM n;
    INSERT INTO objects VALUES ('b', '2', 'last', 0, '', 0, '{}', NULL, NULL, NULL, NULL, NULL)`)
  const rows = new ObjectRows(database)
  let steps = 0
  const counted = {
    *range(range: KeyRange) {
      for (const row of rows.range(range)) {
        steps += 1
        yield row
      }
    },
  }
  const page = listObjects(counted, { bucket: 'b', prefix: '', delimiter: '/', limit: 1000 })
  assert.deepEqual(page.commonPrefixes, ['0/', '1/'])
  assert.deepEqual(
    page.objects.map((info) => info.key),
    ['2'],
  )
  assert.equal(steps, 3)
})

for (const [prefix, next] of [
  ['', undefined],
  ['a', 'b'],
  ['a/', 'a0'],
  ['\ud7ff', '\ue000'],
  ['\uffff', '\u{10000}'],
  ['a\u{10ffff}', 'b'],
  ['\u{10ffff}', undefined],
] as const) {
  test(`behind all keys that begin with ${JSON.stringify(prefix)} comes ${JSON.stringify(next)}`, () => {
    assert.equal(keyAfterPrefix(prefix), next)
  })
}
