import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { plainBody } from '../../src/http/plain-body.ts'
import { decodeJsonObject } from '../../src/protocol/aws-json.ts'
import { refusal } from './expected-errors.ts'
import type { FuzzTarget } from './targets.ts'

const MOST_BYTES = 65_536
const HEAD = { method: 'POST', path: '/', query: '', headers: { 'content-encoding': 'gzip' } }

/** Bodies that a client has compressed, as SDKs do with long PutMetricData requests. */
export function gzipTarget(): FuzzTarget {
  const request = JSON.stringify({ Namespace: 'n', MetricData: [{ MetricName: 'loss', Value: 0.5 }] })
  const seeds = [
    gzipSync(request),
    // Stored, so that what is changed is still deflate.
    gzipSync(request, { level: 0 }),
    Buffer.concat([gzipSync('{"Namespace":'), gzipSync('"n"}')]),
    gzipSync(' '.repeat(2 * MOST_BYTES)),
  ]
  return {
    name: 'gzip',
    seeds,
    tokens: ['\u001f', '\b', '\u0000', '\u0001', '\u0004', '\u0010', '\u001e'],
    async decode(input) {
      try {
        const body = await plainBody(HEAD, input, MOST_BYTES)
        assert.ok(body.length <= MOST_BYTES)
        decodeJsonObject(body)
      } catch (error) {
        refusal(error)
      }
    },
  }
}
