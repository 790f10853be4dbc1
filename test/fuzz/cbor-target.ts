import assert from 'node:assert/strict'
import { decodeCbor, encodeCbor } from '../../src/protocol/rpc-cbor.ts'
import { refusal } from './expected-errors.ts'
import type { FuzzTarget } from './targets.ts'

/** The bodies of RPC v2 CBOR. */
export function cborTarget(): FuzzTarget {
  const datum = { MetricName: 'loss', Value: 0.5, StatisticValues: { SampleCount: 3, Sum: -1e300 }, Note: 'ü 😀' }
  const seeds = [{}, { Namespace: 'n', MetricData: [datum, datum] }, { Deep: [[[{ a: [1, 2 ** 40, -7, true] }]]] }]
  return {
    name: 'CBOR',
    seeds: seeds.map(encodeCbor),
    // The first bytes of containers, texts, tags and breaks, of definite and of indefinite length.
    tokens: ['\u0000', '\u0018', '\u001b', ' ', '8', '@', '[', '_', '`', 'x', '\u007f'],
    decode(input) {
      try {
        assert.equal(typeof decodeCbor(input), 'object')
      } catch (error) {
        refusal(error)
      }
    },
  }
}
