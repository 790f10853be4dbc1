/**
 * The one format that the agent writes and the server reads. A stream is two files:
 *
 * - `<file>`: the raw bytes of stdout and stderr, written by the kernel alone;
 * - `<file>.idx`: records of 16 bytes, little endian: a float64 time in epoch milliseconds of job time and a float64 offset. A record says that by
 *   that time the raw file held that many bytes. Offsets never fall. A line's time is that of the first record whose offset reaches the line's end; what no
 *   record reaches is not visible yet, so that a line's time never changes once seen.
 *
 * A record with a negative time seals the stream at minus that time: nothing will be added, and a last line without newline counts.
 */
export const INDEX_RECORD_BYTES = 16
export const INDEX_SUFFIX = '.idx'

export interface IndexRecord {
  readonly time: number
  readonly offset: number
  readonly sealed: boolean
}

export function encodeIndexRecord(record: IndexRecord): Buffer {
  const buffer = Buffer.alloc(INDEX_RECORD_BYTES)
  buffer.writeDoubleLE(record.sealed ? -record.time : record.time, 0)
  buffer.writeDoubleLE(record.offset, 8)
  return buffer
}

/** @param index whole or partial content of an index file; a torn record at its end is left out */
export function decodeIndexRecord(index: Buffer, position: number): IndexRecord {
  const time = index.readDoubleLE(position * INDEX_RECORD_BYTES)
  return { time: Math.abs(time), offset: index.readDoubleLE(position * INDEX_RECORD_BYTES + 8), sealed: time < 0 }
}
