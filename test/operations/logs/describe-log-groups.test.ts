import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LOG_GROUP, LogsUnderTest, T } from './logs-under-test.ts'

const ARN = `arn:aws:logs:us-east-1:111122223333:log-group:${LOG_GROUP}`

test('the group exists once a stream does, in its region only, as old as the oldest stream', async () => {
  await using logs = await LogsUnderTest.open()
  assert.deepEqual(await logs.call('DescribeLogGroups', {}), { logGroups: [] })
  await logs.stream('b', T)
  await logs.stream('a', T + 5)
  const group = {
    logGroupName: LOG_GROUP,
    creationTime: T,
    metricFilterCount: 0,
    arn: `${ARN}:*`,
    storedBytes: 0,
    logGroupClass: 'STANDARD',
    logGroupArn: ARN,
  }
  for (let time = 0; time < 2; time++)
    assert.deepEqual(await logs.call('DescribeLogGroups', {}), { logGroups: [group] })
  assert.deepEqual(await logs.call('DescribeLogGroups', {}, 'eu-west-1'), { logGroups: [] })
})

test('filters are applied', async () => {
  await using logs = await LogsUnderTest.open()
  await logs.stream('a')
  const found = async (input: object) =>
    (await logs.call<{ readonly logGroups: readonly object[] }>('DescribeLogGroups', input)).logGroups.length
  assert.equal(await found({ logGroupNamePrefix: '/aws/sage' }), 1)
  assert.equal(await found({ logGroupNamePrefix: '/aws/lambda' }), 0)
  assert.equal(await found({ logGroupNamePattern: 'Training' }), 1)
  assert.equal(await found({ logGroupNamePattern: 'training' }), 0)
  assert.equal(await found({ logGroupIdentifiers: [ARN] }), 1)
  assert.equal(await found({ logGroupIdentifiers: ['/other'] }), 0)
  assert.equal(await found({ logGroupClass: 'DELIVERY' }), 0)
  const invalid = { code: 'InvalidParameterException' }
  await assert.rejects(found({ logGroupNamePrefix: 'a', logGroupNamePattern: 'a' }), invalid)
  await assert.rejects(found({ nextToken: 'x' }), invalid)
})
