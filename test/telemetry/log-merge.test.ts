import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LogMerge } from '../../src/telemetry/log-merge.ts'
import type { MergedEvent, MergePlace } from '../../src/telemetry/log-merge.ts'
import { StreamWriter, TemporaryFolder } from './stream-files.ts'

const T = 1_700_000_000_000
const names = ['a', 'b', 'c', 'd']
/** Of each stream, when it was made and its lines: how long after the line before. */
const streams = fc.array(
  fc.record({ made: fc.integer({ min: 0, max: 200_000 }), gaps: fc.array(fc.constantFrom(0, 0, 1, 90_000)) }),
  { maxLength: names.length },
)

test('a merge in pieces of any length gives every event once, in the order of time, stream and place', async () => {
  const property = fc.asyncProperty(streams, fc.integer({ min: 1, max: 7 }), async (made, length) => {
    using folder = new TemporaryFolder()
    const expected: { readonly stream: string; readonly time: number; readonly message: string }[] = []
    const merged = made.map(({ made: creation, gaps }, number) => {
      const stream = names[number] ?? ''
      const writer = new StreamWriter(folder.file(stream))
      let time = T + creation
      for (const [line, gap] of gaps.entries()) {
        time += gap
        writer.append(`${line}\n`, time)
        expected.push({ stream, time, message: String(line) })
      }
      return { name: stream, path: folder.file(stream), creationTime: T + creation }
    })
    expected.sort(
      (a, b) => a.time - b.time || a.stream.localeCompare(b.stream) || Number(a.message) - Number(b.message),
    )
    const found: MergedEvent[] = []
    for (let after: MergePlace | undefined; ; after = found.at(-1)) {
      const piece = await read(
        new LogMerge(merged, { startTime: 0, endTime: Infinity, ...(after && { after }) }),
        length,
      )
      if (piece.length === 0) break
      found.push(...piece)
    }
    assert.deepEqual(
      found.map(({ stream, time, message }) => ({ stream, time, message })),
      expected,
    )
  })
  await fc.assert(property, { numRuns: 40 })
})

async function read(merge: LogMerge, length: number): Promise<MergedEvent[]> {
  const events: MergedEvent[] = []
  for (let next = await merge.next(); next.length > 0 && events.length < length; next = await merge.next())
    events.push(...next)
  return events.slice(0, length)
}
