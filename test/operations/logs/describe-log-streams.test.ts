import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LOG_GROUP, LogsUnderTest, T } from './logs-under-test.ts'
import type { Stream } from './logs-under-test.ts'

interface Streams {
  readonly logStreams: readonly Stream[]
  readonly nextToken?: string
}

const input = { logGroupName: LOG_GROUP }

async function names(logs: LogsUnderTest, query: object): Promise<string[]> {
  const found: string[] = []
  for (let nextToken: string | undefined; ;) {
    const page = await logs.call<Streams>('DescribeLogStreams', { ...input, ...query, ...(nextToken && { nextToken }) })
    found.push(...page.logStreams.map((stream) => stream.logStreamName))
    if (!('nextToken' in page)) return found
    nextToken = page.nextToken
  }
}

test('a stream is described with the times of its first and last event, none while it is empty', async () => {
  await using logs = await LogsUnderTest.open()
  const stream = await logs.stream('job-1/algo-1-1700000000', T)
  const common = {
    logStreamName: 'job-1/algo-1-1700000000',
    creationTime: T,
    arn: `arn:aws:logs:us-east-1:111122223333:log-group:${LOG_GROUP}:log-stream:job-1/algo-1-1700000000`,
    storedBytes: 0,
  }
  assert.deepEqual(await logs.call('DescribeLogStreams', input), { logStreams: [common] })
  stream
    .append('one\n', T + 7)
    .append('two\nthree\n', T + 9)
    .seal()
  const times = { firstEventTimestamp: T + 7, lastEventTimestamp: T + 9, lastIngestionTime: T + 9 }
  for (let time = 0; time < 2; time++)
    assert.deepEqual(await logs.call('DescribeLogStreams', input), { logStreams: [{ ...common, ...times }] })
})

test('a prefix is exact, pages hold at most the limit, and a token comes only when more match', async () => {
  await using logs = await LogsUnderTest.open()
  const all = Array.from({ length: 4 }, (_, n) => `job/algo-${n + 1}-17`)
  for (const name of [...all, 'job-2/algo-1-17', 'Job/algo-1-17']) await logs.stream(name)
  const query = { logStreamNamePrefix: 'job/', orderBy: 'LogStreamName' }
  const exact = await logs.call<Streams>('DescribeLogStreams', { ...input, ...query, limit: 4 })
  assert.equal('nextToken' in exact, false)
  for (const limit of [1, 2, 3, 4, 50]) {
    assert.deepEqual(await names(logs, { ...query, limit }), all)
    assert.deepEqual(await names(logs, { ...query, limit, descending: true }), all.toReversed())
  }
  assert.deepEqual(await names(logs, { ...query, logStreamNamePrefix: 'absent/' }), [])
})

test('streams are ordered by their last event, empty ones first, and the name decides between equals', async () => {
  await using logs = await LogsUnderTest.open()
  const late = await logs.stream('a/late')
  const early = await logs.stream('b/early')
  await logs.stream('c/empty')
  const equal = await logs.stream('d/equal')
  late.append('x\n', T + 9)
  early.append('x\n', T + 1)
  equal.append('x\n', T + 9)
  const order = ['c/empty', 'b/early', 'a/late', 'd/equal']
  for (const limit of [1, 2, 50]) {
    assert.deepEqual(await names(logs, { orderBy: 'LastEventTime', limit }), order)
    assert.deepEqual(await names(logs, { orderBy: 'LastEventTime', limit, descending: true }), order.toReversed())
  }
})

test('a prefix with the order of the last event, a foreign token and an unknown group are refused', async () => {
  await using logs = await LogsUnderTest.open()
  await assert.rejects(logs.call('DescribeLogStreams', input), {
    code: 'ResourceNotFoundException',
    message: 'The specified log group does not exist.',
  })
  await logs.stream('a')
  await logs.stream('b')
  const invalid = { code: 'InvalidParameterException' }
  const both = { ...input, logStreamNamePrefix: 'a', orderBy: 'LastEventTime' }
  await assert.rejects(logs.call('DescribeLogStreams', both), invalid)
  const { nextToken } = await logs.call<Streams>('DescribeLogStreams', { ...input, limit: 1 })
  await assert.rejects(logs.call('DescribeLogStreams', { ...input, nextToken, descending: true }), invalid)
  await assert.rejects(logs.call('DescribeLogStreams', { ...input, nextToken: 'bm90aGluZw' }), invalid)
})
