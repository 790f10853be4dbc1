import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advance, type JobEvent } from '../../src/lifecycle/advance.ts'
import { newJob, type JobState } from '../../src/lifecycle/job.ts'

const BY = { jobId: 'b', name: 'the-next' }
const RUN: readonly JobEvent[] = [{ kind: 'downloading' }, { kind: 'training' }]
const COMPLETED: readonly JobEvent[] = [
  ...RUN,
  { kind: 'command-ended', outcome: { kind: 'succeeded' } },
  { kind: 'finished' },
]

/** A second passes before each event; what is refused is an error. */
function play(events: readonly JobEvent[], from: JobState = newJob(500, 60)): JobState {
  return events.reduce((state, event) => {
    const next = advance(state, event, state.lastModifiedTime + 1000)
    assert.equal(next.kind, 'advanced', event.kind)
    return next.kind === 'advanced' ? next.state : state
  }, from)
}

function message(state: JobState): string | undefined {
  return state.transitions.at(-1)?.message
}

test('a job that asks for no time has no pool, and one that does has it in use until its end', () => {
  assert.equal(newJob(0).warmPool, undefined)
  assert.equal(play(COMPLETED, newJob(500)).warmPool, undefined)
  assert.equal(message(play(COMPLETED, newJob(500))), 'Training job completed')
  assert.deepEqual(play(RUN).warmPool, { status: 'InUse', keepAliveSeconds: 60 })
})

test('the pool is available from the end on, in the same write, and the terminal element says so', () => {
  const ended = play(COMPLETED)
  assert.deepEqual(ended.warmPool, { status: 'Available', since: 4500, until: 64_500 })
  assert.equal(message(ended), 'Resource retained for reuse')
})

const stop: JobEvent = { kind: 'stop-requested', cause: 'user' }
const endings: readonly (readonly [string, readonly JobEvent[], 'Available' | 'Terminated'])[] = [
  ['stopped after its launch', [...RUN, stop, { kind: 'finished' }], 'Available'],
  ['stopped before its launch', [stop, { kind: 'finished' }], 'Terminated'],
  ['over its time', [...RUN, { kind: 'stop-requested', cause: 'max-runtime' }, { kind: 'finished' }], 'Available'],
  ['failed by its algorithm', [...RUN, { kind: 'failed', reason: 'AlgorithmError: , exit code: 1' }], 'Available'],
  ['failed by its client', [{ kind: 'downloading' }, { kind: 'failed', reason: 'ClientError: no data' }], 'Available'],
  ['failed by its client before its launch', [{ kind: 'failed', reason: 'ClientError: no image' }], 'Terminated'],
  ['failed by the platform', [...RUN, { kind: 'failed', reason: 'InternalServerError: sorry' }], 'Terminated'],
  ['failed for capacity', [{ kind: 'failed', reason: 'CapacityError: too big' }], 'Terminated'],
]

for (const [name, events, status] of endings) {
  test(`the pool of a job that was ${name} is ${status}`, () => {
    const ended = play(events)
    assert.equal(ended.warmPool?.status, status)
    assert.equal(message(ended) === 'Resource retained for reuse', status === 'Available')
    if (ended.warmPool?.status === 'Terminated') assert.equal(ended.warmPool.retainedSeconds, 0)
  })
}

test('one job has the pool: it is told who, and for how long it was kept; asking again changes nothing', () => {
  const reused = play([{ kind: 'pool-reused', by: BY }], play(COMPLETED))
  assert.deepEqual(reused.warmPool, { status: 'Reused', by: BY, retainedSeconds: 1 })
  assert.equal(message(reused), 'Resource reused by training job: the-next')
  assert.equal(reused.lastModifiedTime, 5500)
  assert.equal(reused.trainingEndTime, 4500)
  assert.deepEqual(advance(reused, { kind: 'pool-reused', by: BY }, 9000), { kind: 'unchanged' })
  const other = { kind: 'pool-reused', by: { jobId: 'c', name: 'late' } } as const
  assert.deepEqual(advance(reused, other, 9000), { kind: 'refused', reason: 'not-allowed' })
  assert.deepEqual(advance(reused, { kind: 'pool-expired' }, 99_000), { kind: 'refused', reason: 'not-allowed' })
})

test('a pool whose time is up was kept for so long by whatever clock, and from then on nobody has it', () => {
  const ended = play(COMPLETED)
  for (const at of [4600, 64_500, 99_999]) {
    const over = advance(ended, { kind: 'pool-expired' }, at)
    assert.deepEqual(over.kind === 'advanced' && over.state.warmPool, { status: 'Terminated', retainedSeconds: 60 })
    assert.equal(over.kind === 'advanced' && advance(over.state, { kind: 'pool-reused', by: BY }, at).kind, 'refused')
  }
  const late = advance(ended, { kind: 'pool-reused', by: BY }, 99_999)
  assert.deepEqual(late.kind === 'advanced' && late.state.warmPool, { status: 'Reused', by: BY, retainedSeconds: 60 })
  const expired = advance(ended, { kind: 'pool-expired' }, 99_999)
  assert.ok(expired.kind === 'advanced')
  assert.deepEqual(expired.state.warmPool, { status: 'Terminated', retainedSeconds: 60 })
  assert.equal(message(expired.state), 'Resource released due to keep alive period expiry')
  assert.equal(expired.state.lastModifiedTime, 99_999)
})

test('an update keeps a pool for so long from then on, or ends it; only that of a completed job', () => {
  const longer = play([{ kind: 'pool-updated', keepAliveSeconds: 600 }], play(COMPLETED))
  assert.deepEqual(longer.warmPool, { status: 'Available', since: 4500, until: 605_500 })
  assert.equal(message(longer), 'Resource retained for reuse')
  const released = play([{ kind: 'pool-updated', keepAliveSeconds: 0 }], longer)
  assert.deepEqual(released.warmPool, { status: 'Terminated', retainedSeconds: 2 })
  const failed = play([...RUN, { kind: 'failed', reason: 'AlgorithmError: , exit code: 1' }])
  for (const state of [failed, released, play(RUN)])
    assert.deepEqual(advance(state, { kind: 'pool-updated', keepAliveSeconds: 600 }, 7000), {
      kind: 'refused',
      reason: 'not-allowed',
    })
})

test('a job whose pool is available is not deleted; one that is being deleted gives its pool to nobody', () => {
  const ended = play(COMPLETED)
  assert.deepEqual(advance(ended, { kind: 'delete-requested' }, 7000), { kind: 'refused', reason: 'not-allowed' })
  const deleting = play([{ kind: 'pool-updated', keepAliveSeconds: 0 }, { kind: 'delete-requested' }], ended)
  assert.equal(deleting.status, 'Deleting')
  assert.equal(advance(deleting, { kind: 'pool-reused', by: BY }, 9000).kind, 'refused')
})
