import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LOG_GROUP, LogsUnderTest, T } from './logs-under-test.ts'
import type { Events } from './logs-under-test.ts'

const NAME = 'job-1/algo-1-1700000000'
const input = { logGroupName: LOG_GROUP, logStreamName: NAME }

function messages({ events }: Events): string[] {
  return events.map((event) => event.message)
}

test('without startFromHead the newest events come, oldest first', async () => {
  await using logs = await LogsUnderTest.open()
  const stream = await logs.stream(NAME)
  stream.append('one\ntwo\n', T).append('three\tand\n', T + 5)
  const page = await logs.call<Events>('GetLogEvents', { ...input, limit: 2 })
  assert.deepEqual(page.events, [
    { timestamp: T, message: 'two', ingestionTime: T },
    { timestamp: T + 5, message: 'three#011and', ingestionTime: T + 5 },
  ])
  const before = await logs.call<Events>('GetLogEvents', { ...input, limit: 2, nextToken: page.nextBackwardToken })
  assert.deepEqual(messages(before), ['one'])
  const none = await logs.call<Events>('GetLogEvents', { ...input, nextToken: before.nextBackwardToken })
  assert.deepEqual(none.events, [])
  assert.equal(none.nextBackwardToken, before.nextBackwardToken)
})

test('at the end the same forward token comes back, and later yields what was written since', async () => {
  await using logs = await LogsUnderTest.open()
  const stream = await logs.stream(NAME)
  stream.append('one\ntw', T)
  const first = await logs.call<Events>('GetLogEvents', { ...input, startFromHead: true })
  assert.deepEqual(messages(first), ['one'])
  const second = await logs.call<Events>('GetLogEvents', {
    ...input,
    startFromHead: true,
    nextToken: first.nextForwardToken,
  })
  assert.deepEqual(second.events, [])
  assert.equal(second.nextForwardToken, first.nextForwardToken)
  stream.append('o\nthree', T + 1).seal()
  const third = await logs.call<Events>('GetLogEvents', {
    ...input,
    startFromHead: true,
    nextToken: second.nextForwardToken,
  })
  assert.deepEqual(messages(third), ['two', 'three'])
})

test('a stream that is still empty has tokens that work once it is written', async () => {
  await using logs = await LogsUnderTest.open()
  const stream = await logs.stream(NAME)
  const first = await logs.call<Events>('GetLogEvents', { ...input, startFromHead: true })
  assert.deepEqual(first.events, [])
  stream.append('one\n', T)
  const second = await logs.call<Events>('GetLogEvents', { ...input, nextToken: first.nextForwardToken })
  assert.deepEqual(messages(second), ['one'])
})

test('the sweep of the v2 SDK, from the last timestamp with what it has seen skipped, prints each event once', async () => {
  await using logs = await LogsUnderTest.open()
  const stream = await logs.stream(NAME)
  const printed: string[] = []
  let startTime = 0
  let skip = 0
  const sweep = async () => {
    let toSkip = skip
    for (let nextToken: string | undefined; ;) {
      const page = await logs.call<Events>('GetLogEvents', {
        ...input,
        startTime,
        startFromHead: true,
        limit: 2,
        ...(nextToken && { nextToken }),
      })
      if (page.events.length === 0) return
      for (const { timestamp, message } of page.events) {
        if (toSkip-- > 0) continue
        printed.push(message)
        skip = timestamp === startTime ? skip + 1 : 1
        startTime = timestamp
      }
      nextToken = page.nextForwardToken
    }
  }
  stream.append('1\n2\n3\n', T)
  await sweep()
  stream.append('4\n', T).append('5\n6\n', T + 1)
  await sweep()
  await sweep()
  stream
    .append('7\n8\n9\n', T + 1)
    .append('10', T + 2)
    .seal()
  await sweep()
  assert.deepEqual(printed, ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'])
})

test('startTime is inclusive, endTime is not', async () => {
  await using logs = await LogsUnderTest.open()
  const stream = await logs.stream(NAME)
  stream
    .append('0\n', T)
    .append('1\n', T + 1)
    .append('2\n', T + 2)
    .append('3\n', T + 3)
  const page = await logs.call<Events>('GetLogEvents', { ...input, startTime: T + 1, endTime: T + 3 })
  assert.deepEqual(messages(page), ['1', '2'])
})

test('tokens have the form of the real service, and one of another stream or of nobody is refused', async () => {
  await using logs = await LogsUnderTest.open()
  const stream = await logs.stream(NAME)
  stream.append('one\n', T)
  const other = 'job-1/algo-2-1700000000'
  await logs.stream(other)
  const { nextForwardToken, nextBackwardToken } = await logs.call<Events>('GetLogEvents', input)
  assert.match(nextForwardToken, /^f\/\d{56}$/)
  assert.match(nextBackwardToken, /^b\/\d{56}$/)
  const refusal = { code: 'InvalidParameterException', message: 'The specified nextToken is invalid.' }
  await assert.rejects(
    logs.call('GetLogEvents', { ...input, logStreamName: other, nextToken: nextForwardToken }),
    refusal,
  )
  for (const nextToken of ['x', `f/${'9'.repeat(56)}`, `g${nextForwardToken.slice(1)}`, `${nextForwardToken}0`]) {
    await assert.rejects(logs.call('GetLogEvents', { ...input, nextToken }), refusal)
  }
})

test('an unknown group or stream is not found, in the words of the real service', async () => {
  await using logs = await LogsUnderTest.open()
  const noGroup = { code: 'ResourceNotFoundException', message: 'The specified log group does not exist.' }
  await assert.rejects(logs.call('GetLogEvents', input), noGroup)
  await logs.stream(NAME)
  await assert.rejects(logs.call('GetLogEvents', { ...input, logGroupName: '/other' }), noGroup)
  await assert.rejects(logs.call('GetLogEvents', input, 'eu-west-1'), noGroup)
  await assert.rejects(logs.call('GetLogEvents', { ...input, logStreamName: 'job-1/algo-9-1' }), {
    code: 'ResourceNotFoundException',
    message: 'The specified log stream does not exist.',
  })
})

test('the group may be named by its ARN, but not twice and not never', async () => {
  await using logs = await LogsUnderTest.open()
  const stream = await logs.stream(NAME)
  stream.append('one\n', T)
  const arn = `arn:aws:logs:us-east-1:111122223333:log-group:${LOG_GROUP}`
  for (const logGroupIdentifier of [arn, LOG_GROUP]) {
    const page = await logs.call<Events>('GetLogEvents', { logGroupIdentifier, logStreamName: NAME })
    assert.deepEqual(messages(page), ['one'])
  }
  const invalid = { code: 'InvalidParameterException' }
  await assert.rejects(logs.call('GetLogEvents', { ...input, logGroupIdentifier: arn }), invalid)
  await assert.rejects(logs.call('GetLogEvents', { logStreamName: NAME }), invalid)
})
