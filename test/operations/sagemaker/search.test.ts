import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import type { JobEvent } from '../../../src/lifecycle/advance.ts'
import { recordEvent } from '../../../src/store/record-event.ts'
import { aJob } from '../../conformance/store/a-job.ts'
import { channel, MINIMAL, sagemakerFixture, type SageMakerFixture } from './sagemaker-fixture.ts'

const UNTIL_TRAINING: readonly JobEvent[] = [{ kind: 'downloading' }, { kind: 'training' }]

/** `a` Completed with metrics, `b` training, `C` failed; each a second after the one before. */
async function searched(): Promise<SageMakerFixture> {
  const fixture = await sagemakerFixture()
  await create(fixture, 'a', { lr: '0.1', depth: '3.7' }, [{ Key: 'team', Value: 'red' }])
  await create(fixture, 'b', { lr: '0.05', note: 'two words' }, [{ Key: 'a.b:c', Value: 'dots' }])
  await create(fixture, 'C', { lr: '1e-3', depth: '4' }, [])
  const metrics = [{ name: 'val:loss', value: 0.25, timestamp: 1_700_000_009 }]
  await play(fixture, 0, ...UNTIL_TRAINING, { kind: 'command-ended', outcome: { kind: 'succeeded' } })
  await play(fixture, 0, { kind: 'finished', modelArtifacts: 's3://bucket/out/a', finalMetrics: metrics })
  await play(fixture, 1, ...UNTIL_TRAINING)
  await play(fixture, 2, { kind: 'failed', reason: 'ClientError: no' })
  return fixture
}

async function create(fixture: SageMakerFixture, name: string, HyperParameters: object, Tags: object[]): Promise<void> {
  const InputDataConfig = [channel({ ContentType: `text/${name}` }), channel({ ChannelName: 'other' })]
  await fixture.call('CreateTrainingJob', { ...MINIMAL, TrainingJobName: name, HyperParameters, Tags, InputDataConfig })
  await fixture.clock.advance(1000)
}

async function play(fixture: SageMakerFixture, job: number, ...events: JobEvent[]): Promise<void> {
  const jobId = [...new Set(fixture.woken)][job] ?? ''
  for (const event of events) {
    await recordEvent(fixture.store, fixture.clock, { jobId, event })
    await fixture.clock.advance(1000)
  }
}

interface Found {
  readonly Results: readonly { readonly TrainingJob: Readonly<Record<string, unknown>> }[]
  readonly TotalHits: { readonly Value: number; readonly Relation: string }
  readonly NextToken?: string
}

async function find(fixture: SageMakerFixture, request: object): Promise<Found> {
  const answer: unknown = await fixture.call('Search', { Resource: 'TrainingJob', ...request })
  return answer as Found
}

function namesOf({ Results }: Found): string {
  return Results.map(({ TrainingJob }) => TrainingJob['TrainingJobName']).join(' ')
}

const FILTERS: readonly (readonly [string, string | undefined, string | undefined, string])[] = [
  ['TrainingJobStatus', undefined, 'Completed', 'a'],
  ['TrainingJobStatus', 'NotEquals', 'Completed', 'b C'],
  ['TrainingJobStatus', 'In', 'Completed, Failed', 'a C'],
  ['TrainingJobName', 'Contains', 'C', 'C'],
  ['TrainingJobArn', 'Contains', 'training-job/c', 'C'],
  ['SecondaryStatus', 'Equals', 'Training', 'b'],
  ['HyperParameters.lr', 'GreaterThan', '0.01', 'a b'],
  ['HyperParameters.lr', 'LessThanOrEqualTo', '0.05', 'b C'],
  ['HyperParameters.lr', 'Equals', '0.001', 'C'],
  // As integers, if the given value is one.
  ['HyperParameters.depth', 'Equals', '3', 'a'],
  ['HyperParameters.depth', 'GreaterThan', '3', 'C'],
  ['HyperParameters.depth', 'GreaterThan', '3.5', 'a C'],
  ['HyperParameters.note', 'Equals', 'two words', 'b'],
  ['HyperParameters.note', 'Contains', 'words', 'b'],
  ['HyperParameters.depth', 'Exists', undefined, 'a C'],
  ['HyperParameters.depth', 'NotExists', undefined, 'b'],
  ['HyperParameters.depth', 'NotEquals', '4', 'a b'],
  ['Tags.team', 'Equals', 'red', 'a'],
  ['Tags.a.b:c', 'Exists', undefined, 'b'],
  ['Metrics.val:loss', 'LessThan', '0.3', 'a'],
  ['Metrics.val:loss', 'GreaterThanOrEqualTo', '0.3', ''],
  ['FinalMetricDataList.MetricName', 'Equals', 'val:loss', 'a'],
  ['CreationTime', 'GreaterThan', '2023-11-14T22:13:20.500Z', 'b C'],
  ['CreationTime', 'LessThan', '1700000000.5', 'a'],
  ['TrainingEndTime', 'Exists', undefined, 'a C'],
  ['AlgorithmSpecification.TrainingImage', 'Equals', 'local/python', 'a b C'],
  ['ResourceConfig.VolumeSizeInGB', 'GreaterThanOrEqualTo', '30', 'a b C'],
  ['ResourceConfig.VolumeSizeInGB', 'GreaterThan', '30', ''],
  ['EnableManagedSpotTraining', 'Equals', 'False', 'a b C'],
  ['InputDataConfig.ContentType', 'Equals', 'text/b', 'b'],
  ['FailureReason', 'Contains', 'ClientError', 'C'],
  ['ModelArtifacts.S3ModelArtifacts', 'Exists', undefined, 'a'],
  ['TuningJobArn', 'NotExists', undefined, 'a b C'],
  ['HyperParameters.__proto__', 'Exists', undefined, ''],
]

test('each operator finds the jobs whose property satisfies it', async () => {
  await using fixture = await searched()
  for (const [Name, Operator, Value, expected] of FILTERS) {
    const filter = { Name, ...(Operator && { Operator }), ...(Value && { Value }) }
    const found = await find(fixture, {
      SearchExpression: { Filters: [filter] },
      SortBy: 'CreationTime',
      SortOrder: 'Ascending',
    })
    assert.equal(namesOf(found), expected, JSON.stringify(filter))
    const hits = expected === '' ? 0 : expected.split(' ').length
    assert.deepEqual(found.TotalHits, { Value: hits, Relation: 'EqualTo' })
  }
})

test('filters, nested filters and subexpressions are joined by their operator', async () => {
  await using fixture = await searched()
  const status = (Value: string) => ({ Name: 'TrainingJobStatus', Value })
  const lr = { Name: 'HyperParameters.lr', Operator: 'GreaterThan', Value: '0.07' }
  const nested = (ContentType: string, ChannelName: string) => ({
    NestedPropertyName: 'InputDataConfig',
    Filters: [
      { Name: 'InputDataConfig.ContentType', Value: ContentType },
      { Name: 'InputDataConfig.ChannelName', Value: ChannelName },
    ],
  })
  const cases: readonly (readonly [object, string])[] = [
    [{ Filters: [status('Completed'), lr] }, 'a'],
    [{ Filters: [status('Failed'), lr] }, ''],
    [{ Filters: [status('Failed'), lr], Operator: 'Or' }, 'C a'],
    [{ NestedFilters: [nested('text/b', 'train')] }, 'b'],
    [{ NestedFilters: [nested('text/b', 'other')] }, ''],
    [{ Filters: [status('Failed')], SubExpressions: [{ Filters: [lr] }], Operator: 'Or' }, 'C a'],
    [{ SubExpressions: [{ SubExpressions: [{ Filters: [lr] }] }, { Filters: [status('Completed')] }] }, 'a'],
  ]
  for (const [SearchExpression, expected] of cases)
    assert.equal(namesOf(await find(fixture, { SearchExpression })), expected, JSON.stringify(SearchExpression))
})

test('a found job is as described, with its tags; last modified first, or by any property, those without it last', async () => {
  await using fixture = await searched()
  const all = await find(fixture, {})
  assert.equal(namesOf(all), 'C b a')
  const { TrainingJob = {} } = all.Results.at(-1) ?? {}
  assert.deepEqual(TrainingJob['Tags'], [{ Key: 'team', Value: 'red' }])
  const described = await fixture.call('DescribeTrainingJob', { TrainingJobName: 'a' })
  for (const member of [
    'FinalMetricDataList',
    'SecondaryStatusTransitions',
    'HyperParameters',
    'BillableTimeInSeconds',
  ])
    assert.deepEqual(TrainingJob[member], described[member])
  const sorted = async (SortBy: string, SortOrder?: string) =>
    namesOf(await find(fixture, { SortBy, ...(SortOrder && { SortOrder }) }))
  assert.equal(await sorted('HyperParameters.lr'), 'a b C')
  assert.equal(await sorted('HyperParameters.lr', 'Ascending'), 'C b a')
  assert.equal((await sorted('Metrics.val:loss', 'Ascending')).slice(0, 1), 'a')
  assert.equal((await sorted('Metrics.val:loss')).slice(0, 1), 'a')
})

test('pages hold every hit once, whatever the order and the size of a page', async () => {
  await using fixture = await searched()
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(undefined, 'TrainingJobName', 'HyperParameters.depth', 'Metrics.val:loss', 'TrainingEndTime'),
      fc.constantFrom('Ascending', 'Descending'),
      fc.integer({ min: 1, max: 4 }),
      async (SortBy, SortOrder, MaxResults) => {
        const list = { ...(SortBy && { SortBy }), SortOrder }
        const whole = namesOf(await find(fixture, list))
        const pages: string[] = []
        for (let NextToken: string | undefined; ;) {
          const page = await find(fixture, { ...list, MaxResults, ...(NextToken && { NextToken }) })
          assert.equal(page.TotalHits.Value, 3)
          pages.push(namesOf(page))
          NextToken = page.NextToken
          if (NextToken === undefined) break
        }
        assert.equal(pages.join(' '), whole)
      },
    ),
    { numRuns: 30 },
  )
})

test('what cannot be searched is refused and says why', async () => {
  await using fixture = await searched()
  const filter = { Name: 'TrainingJobName', Value: 'a' }
  const deep = (depth: number): object => (depth === 0 ? { Filters: [filter] } : { SubExpressions: [deep(depth - 1)] })
  const many = { Filters: Array.from({ length: 17 }, () => filter) }
  const { NextToken } = await find(fixture, { MaxResults: 1 })
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ Resource: 'Model' }, /^Search of the resource Model is not supported by this server/],
    [{ CrossAccountFilterOption: 'CrossAccount' }, /not supported by this server/],
    [{ SearchExpression: {} }, /at least one filter/],
    [
      { SearchExpression: { Filters: [{ Name: 'Colour', Value: 'x' }] } },
      /^Unknown property of a TrainingJob: Colour$/,
    ],
    [{ SortBy: 'Colour' }, /^Unknown property/],
    [{ SearchExpression: { Filters: [{ Name: 'TrainingJobName' }] } }, /needs a Value for the operator Equals/],
    [{ SearchExpression: { Filters: [{ Name: 'CreationTime', Value: 'soon' }] } }, /is no time/],
    [{ SearchExpression: { SubExpressions: [many, many, many] } }, /50 filters in total; this one has 51/],
    [{ SearchExpression: deep(5) }, /SubExpressions can be 4 deep/],
    [{ NextToken, SortBy: 'CreationTime' }, /NextToken is not valid/],
    [{ NextToken: 'x' }, /NextToken is not valid/],
  ]
  for (const [request, text] of cases) {
    const error = await fixture.refusal('Search', { Resource: 'TrainingJob', ...request })
    assert.equal(error.code, 'ValidationException')
    assert.match(error.message, text)
  }
  assert.equal(namesOf(await find(fixture, { SearchExpression: deep(4) })), 'a')
})

test('other work has its turns while a search looks at many jobs, and a search that nobody waits for ends', async () => {
  await using fixture = await sagemakerFixture()
  for (let number = 0; number < 60; number++)
    await fixture.call('CreateTrainingJob', { ...MINIMAL, TrainingJobName: `job-${number}` })
  let turns = 0
  let done = false
  const counting = (async () => {
    for (; !done; turns++) await turn()
  })()
  const search = { SearchExpression: { Filters: [{ Name: 'HyperParameters.x', Operator: 'Exists' }] } }
  assert.equal(namesOf(await find(fixture, search)), '')
  done = true
  await counting
  assert.ok(turns >= 2, `${turns} turns`)
  const gone = new Error('the caller has gone')
  const signal = AbortSignal.abort(gone)
  await assert.rejects(fixture.call('Search', { Resource: 'TrainingJob', ...search }, { signal }), gone)
})

test('a job that changes while a search looks at many is found all the same', async () => {
  await using fixture = await sagemakerFixture()
  const jobs = Array.from({ length: 401 }, (_, number) => aJob(number, { document: '{"RoleArn":"r"}' }))
  await Promise.all(jobs.map((job) => fixture.store.insertJob(job)))
  await fixture.clock.advance(1000)
  const searching = find(fixture, {
    SearchExpression: { Filters: [{ Name: 'HyperParameters.x', Operator: 'NotExists' }] },
  })
  const change = { jobId: jobs[0]?.id ?? '', event: { kind: 'preparing' } } as const
  assert.equal((await recordEvent(fixture.store, fixture.clock, change)).kind, 'recorded')
  assert.equal((await searching).TotalHits.Value, 401)
})
