import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeCbor } from '../../src/protocol/rpc-cbor.ts'
import { needsModelOf } from '../support/service-model.ts'
import { checkInvalidRequests } from './check-invalid-requests.ts'
import { CLOUDWATCH_CBOR, CLOUDWATCH_JSON, CLOUDWATCH_QUERY } from './wires.ts'

const WIRES = [CLOUDWATCH_JSON, CLOUDWATCH_CBOR, CLOUDWATCH_QUERY]
const OPERATIONS = ['GetMetricData', 'GetMetricStatistics', 'ListMetrics', 'PutMetricData']
const MetricData = [{ MetricName: 'loss', Value: 0.5 }]
const PUT = '/service/GraniteServiceVersion20100801/operation/PutMetricData'

test(
  'invalid requests of CloudWatch by each of its protocols get the right 4xx and change nothing',
  needsModelOf('cloudwatch'),
  (t) =>
    checkInvalidRequests(t, {
      wires: WIRES,
      share: 0.3,
      least: WIRES.flatMap(({ name }) => OPERATIONS.map((operation) => `${name}.${operation}`)),
      aim: { MetricData, Namespace: 'ns' },
      async prepare(calls) {
        const headers = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' }
        const body = encodeCbor({ Namespace: 'ns', MetricData })
        const answer = await calls.send({ service: 'monitoring', path: PUT, headers, body })
        assert.equal(answer.status, 200, answer.body)
      },
    }),
)
