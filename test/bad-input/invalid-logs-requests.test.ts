import { test } from 'node:test'
import { needsModelOf } from '../support/service-model.ts'
import { checkInvalidRequests } from './check-invalid-requests.ts'
import { LOGS } from './wires.ts'

test('invalid requests of CloudWatch Logs each get the right 4xx and change nothing', needsModelOf('logs'), (t) =>
  checkInvalidRequests(t, {
    wires: [LOGS],
    share: 0.25,
    least: ['DescribeLogGroups', 'DescribeLogStreams', 'GetLogEvents'].map((name) => `logs (JSON).${name}`),
    aim: {},
  }),
)
