import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needsModelOf } from '../support/service-model.ts'
import { checkInvalidRequests, JOB } from './check-invalid-requests.ts'
import { SAGEMAKER_METRICS } from './wires.ts'

const values = {
  TrialComponentName: `${JOB}-aws-training-job`,
  MetricData: [{ MetricName: 'loss', Timestamp: 1_700_000_000, Step: 1, Value: 0.5 }],
}

test(
  'invalid requests of SageMaker Metrics each get the right 4xx and change nothing',
  needsModelOf('sagemaker-metrics'),
  (t) =>
    checkInvalidRequests(t, {
      wires: [SAGEMAKER_METRICS],
      share: 0.13,
      least: ['BatchPutMetrics', 'BatchGetMetrics'].map((name) => `sagemaker-metrics (REST).${name}`),
      aim: values,
      async prepare(calls) {
        const headers = { 'content-type': 'application/json' }
        const body = JSON.stringify(values)
        const answer = await calls.send({
          service: 'sagemaker',
          method: 'PUT',
          path: '/BatchPutMetrics',
          headers,
          body,
        })
        assert.deepEqual([answer.status, answer.body], [200, '{}'])
      },
    }),
)
