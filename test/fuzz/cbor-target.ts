import assert from 'node:assert/strict'
import { PutMetricDataInput } from '../../src/operations/cloudwatch/inputs.ts'
import { decodeCbor, encodeCbor } from '../../src/protocol/rpc-cbor.ts'
import { decodeInput } from '../../src/protocol/validate.ts'
import { refusal } from './expected-errors.ts'
import type { FuzzTarget } from './targets.ts'

/** The bodies of RPC v2 CBOR, with a shape. */
export function cborTarget(): FuzzTarget {
  const datum = { MetricName: 'loss', Value: 0.5, StatisticValues: { SampleCount: 3, Sum: -1e300 }, Note: 'ü 😀' }
  const seeds = [{}, { Namespace: 'n', MetricData: [datum, datum] }, { Deep: [[[{ a: [1, 2 ** 40, -7, true] }]]] }]
  return {
    name: 'CBOR and its shape',
    seeds: seeds.map(encodeCbor),
    // The first bytes of containers, texts, tags and breaks, of definite and of indefinite length.
    tokens: ['\u0000', '\u0018', '\u001b', ' ', '8', '@', '[', '_', '`', 'x', '\u007f'],
    decode(input) {
      try {
        const value = decodeCbor(input)
        assert.equal(typeof value, 'object')
        decodeInput(PutMetricDataInput, value)
      } catch (error) {
        refusal(error)
      }
    },
  }
}
