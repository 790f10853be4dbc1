import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aJob, play, TO_THE_END } from '../../conformance/store/a-job.ts'
import { LOG_GROUP, LogsUnderTest, SCOPE, T } from './logs-under-test.ts'

interface Event {
  readonly logStreamName: string
  readonly timestamp: number
  readonly ingestionTime: number
  readonly message: string
  readonly eventId: string
}

interface Page {
  readonly events: readonly Event[]
  readonly searchedLogStreams: readonly unknown[]
  readonly nextToken?: string
}

const ONE = 'job-1/algo-1-1700000000'
const TWO = 'job-1/algo-2-1700000000'
const OTHER = 'job-10/algo-1-1700000000'

async function search(logs: LogsUnderTest, input: object): Promise<Event[]> {
  const events: Event[] = []
  for (let nextToken: string | undefined; ;) {
    const query = { logGroupName: LOG_GROUP, ...input, ...(nextToken && { nextToken }) }
    const page = await logs.call<Page>('FilterLogEvents', query)
    assert.deepEqual(page.searchedLogStreams, [])
    events.push(...page.events)
    if (page.nextToken === undefined) return events
    assert.notEqual(page.nextToken, nextToken)
    nextToken = page.nextToken
  }
}

async function messages(logs: LogsUnderTest, input: object): Promise<string[]> {
  return (await search(logs, input)).map((event) => event.message)
}

async function threeStreams(logs: LogsUnderTest): Promise<void> {
  const [one, two, other] = [await logs.stream(ONE), await logs.stream(TWO), await logs.stream(OTHER)]
  one
    .append('a1\na2\n', T)
    .append('a3\n', T + 2)
    .append('a4\n', T + 4)
  two.append('b1\n', T).append('b2\nb3\n', T + 2)
  other.append('c1\n', T + 1).seal()
}

test('streams of a prefix are interleaved by time, of one time by name, page by page', async () => {
  await using logs = await LogsUnderTest.open()
  await threeStreams(logs)
  for (const limit of [1, 2, 3, 100]) {
    const events = await search(logs, { logStreamNamePrefix: 'job-1/', limit, interleaved: true })
    assert.deepEqual(
      events.map(({ message, timestamp }) => [message, timestamp - T]),
      [
        ['a1', 0],
        ['a2', 0],
        ['b1', 0],
        ['a3', 2],
        ['b2', 2],
        ['b3', 2],
        ['a4', 4],
      ],
    )
  }
  assert.equal((await messages(logs, {}))[3], 'c1')
})

test('named streams are searched, each once, and one that is not there is not found', async () => {
  await using logs = await LogsUnderTest.open()
  await threeStreams(logs)
  assert.deepEqual(await messages(logs, { logStreamNames: [OTHER, TWO, OTHER] }), ['b1', 'c1', 'b2', 'b3'])
  const missing = { code: 'ResourceNotFoundException', message: 'The specified log stream does not exist.' }
  await assert.rejects(messages(logs, { logStreamNames: [ONE, 'nobody'] }), missing)
  const both = { logStreamNames: [ONE], logStreamNamePrefix: 'job-1/' }
  await assert.rejects(messages(logs, both), { code: 'InvalidParameterException' })
})

test('both ends of the time range are inclusive', async () => {
  await using logs = await LogsUnderTest.open()
  await threeStreams(logs)
  assert.deepEqual(await messages(logs, { startTime: T + 1, endTime: T + 2 }), ['c1', 'a3', 'b2', 'b3'])
  assert.deepEqual(await messages(logs, { startTime: T + 5 }), [])
})

test('a pattern chooses among the events; its pages are full whatever lies between the matches', async () => {
  await using logs = await LogsUnderTest.open()
  const stream = await logs.stream(ONE)
  stream.append(Array.from({ length: 5000 }, (_, n) => `line ${n}${n % 1000 === 7 ? ' MATCH' : ''}\n`).join(''), T)
  const input = { logGroupName: LOG_GROUP, filterPattern: 'MATCH', limit: 3 }
  const first = await logs.call<Page>('FilterLogEvents', input)
  assert.deepEqual(
    first.events.map(({ message }) => message),
    ['line 7 MATCH', 'line 1007 MATCH', 'line 2007 MATCH'],
  )
  const second = await logs.call<Page>('FilterLogEvents', { ...input, nextToken: first.nextToken })
  assert.deepEqual(
    second.events.map(({ message }) => message),
    ['line 3007 MATCH', 'line 4007 MATCH'],
  )
  assert.equal(second.nextToken, undefined)
})

test('a long search answers with what it has, even nothing, and a token that goes on', async () => {
  await using logs = await LogsUnderTest.open()
  const stream = await logs.stream(ONE)
  const line = `${'x'.repeat(1023)}\n`
  for (let mebibyte = 0; mebibyte < 20; mebibyte++) stream.append(line.repeat(1024), T + mebibyte)
  stream.append('needle\n', T + 100)
  const input = { logGroupName: LOG_GROUP, filterPattern: 'needle' }
  const first = await logs.call<Page>('FilterLogEvents', input)
  assert.deepEqual(first.events, [])
  assert.ok(first.nextToken)
  assert.deepEqual(await messages(logs, { filterPattern: 'needle' }), ['needle'])
})

test('a search of a long log leaves turns to others', async () => {
  await using logs = await LogsUnderTest.open()
  const stream = await logs.stream(ONE)
  stream.append(`${'y'.repeat(99)}\n`.repeat(80_000), T)
  let turns = 0
  const counter = setInterval(() => turns++, 0)
  await messages(logs, { filterPattern: 'nothing' })
  clearInterval(counter)
  assert.ok(turns > 10, `only ${turns} turns`)
})

test('event ids are unique, sort as the events do, and are the same at every reading', async () => {
  await using logs = await LogsUnderTest.open()
  await threeStreams(logs)
  const ids = (await search(logs, {})).map((event) => event.eventId)
  assert.equal(new Set(ids).size, 8)
  assert.ok(ids.every((id) => /^\d{56}$/.test(id)))
  assert.deepEqual(
    (await search(logs, { limit: 3 })).map((event) => event.eventId),
    ids,
  )
  const later = await search(logs, { startTime: T + 2, logStreamNamePrefix: 'job-1/' })
  assert.deepEqual(
    later.map((event) => event.eventId),
    ids.slice(4),
  )
})

test('the loop of aws logs tail --follow prints each event once', async () => {
  await using logs = await LogsUnderTest.open()
  const [one, two] = [await logs.stream(ONE), await logs.stream(TWO)]
  const printed: string[] = []
  let startTime = T
  let seen = new Set<string>()
  const poll = async () => {
    const events = await search(logs, { logStreamNamePrefix: 'job-1/', startTime, limit: 2 })
    const fresh = events.filter(({ eventId }) => !seen.has(eventId))
    printed.push(...fresh.map(({ message }) => message))
    const newest = events.at(-1)?.timestamp ?? startTime
    seen = new Set(events.filter(({ timestamp }) => timestamp === newest).map(({ eventId }) => eventId))
    startTime = newest
  }
  one.append('1\n', T).append('2\nhal', T + 1)
  await poll()
  two.append('3\n', T + 1)
  await poll()
  one.append('f\n', T + 1)
  await poll()
  two.append('5\n6\n7\n', T + 2)
  await poll()
  await poll()
  assert.deepEqual(printed, ['1', '2', '3', 'half', '5', '6', '7'])
})

test('streams of jobs that ended long before the time asked for are not even looked for', async () => {
  await using logs = await LogsUnderTest.open()
  const stream = await logs.stream(ONE)
  stream.append('early\n', T).seal()
  const { state } = await play(logs.store, aJob(1).id, TO_THE_END)
  const since = async (activeSince: number) =>
    (await logs.store.logStreams({ ...SCOPE, prefix: '', limit: 10, activeSince })).map(({ name }) => name)
  assert.deepEqual(await since(state.lastModifiedTime), [ONE])
  assert.deepEqual(await since(state.lastModifiedTime + 1), [])
  assert.deepEqual(await messages(logs, { startTime: T }), ['early'])
})

test('a token of nobody or of another search is refused, as are the newest first', async () => {
  await using logs = await LogsUnderTest.open()
  await threeStreams(logs)
  const input = { logGroupName: LOG_GROUP, limit: 1 }
  const { nextToken } = await logs.call<Page>('FilterLogEvents', input)
  const refusal = { code: 'InvalidParameterException', message: 'The specified nextToken is invalid.' }
  for (const wrong of [{ nextToken: 'x' }, { nextToken, filterPattern: 'a' }, { nextToken, logStreamNames: [ONE] }])
    await assert.rejects(logs.call('FilterLogEvents', { ...input, ...wrong }), refusal)
  await assert.rejects(messages(logs, { startFromHead: false }), { code: 'InvalidParameterException' })
  assert.equal((await messages(logs, { startFromHead: true })).length, 8)
})

test('an unknown group is not found, and live tail says what to use instead', async () => {
  await using logs = await LogsUnderTest.open()
  await assert.rejects(messages(logs, {}), { code: 'ResourceNotFoundException' })
  await assert.rejects(logs.call('StartLiveTail', { logGroupIdentifiers: [LOG_GROUP] }), {
    code: 'InvalidOperationException',
    message: /FilterLogEvents/,
  })
})
