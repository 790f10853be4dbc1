import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advance, type JobEvent } from '../../src/lifecycle/advance.ts'
import { newJob, type JobState } from '../../src/lifecycle/job.ts'
import { MESSAGES } from '../../src/lifecycle/messages.ts'

/** Applies events a second apart from second 1 on; every one must be accepted. */
function play(events: readonly JobEvent[], from: JobState = newJob(0)): JobState {
  return events.reduce((state, event, index) => {
    const result = advance(state, event, (index + 1) * 1000 + from.lastModifiedTime)
    assert.equal(result.kind, 'advanced', `${event.kind} in ${state.secondaryStatus} was ${result.kind}`)
    return result.kind === 'advanced' ? result.state : state
  }, from)
}

function shape(state: JobState): string[] {
  return state.transitions.map(({ status, message }) => `${status}: ${message}`)
}

const TO_TRAINING: readonly JobEvent[] = [{ kind: 'preparing' }, { kind: 'downloading' }, { kind: 'training' }]
const SUCCEEDED: JobEvent = { kind: 'command-ended', outcome: { kind: 'succeeded' } }

test('a normal job passes through the five stages with the messages of behaviour 1.4.2', () => {
  const state = play([...TO_TRAINING, SUCCEEDED, { kind: 'finished', modelArtifacts: 's3://b/j/output/model.tar.gz' }])
  assert.deepEqual(shape(state), [
    'Starting: Preparing the instances for training',
    'Downloading: Downloading input data',
    'Training: Training image download completed. Training in progress.',
    'Uploading: Uploading generated training model',
    'Completed: Training job completed',
  ])
  assert.equal(state.status, 'Completed')
  assert.equal(state.trainingStartTime, state.transitions[1]?.startTime)
  assert.equal(state.trainingEndTime, state.transitions[4]?.startTime)
  assert.equal(state.modelArtifacts, 's3://b/j/output/model.tar.gz')
})

test('a sub-stage overwrites the message in place and moves only LastModifiedTime', () => {
  const before = play([{ kind: 'preparing' }, { kind: 'downloading' }])
  const after = play([{ kind: 'downloading-image' }], before)
  assert.equal(after.transitions.length, before.transitions.length)
  assert.equal(after.transitions[1]?.startTime, before.transitions[1]?.startTime)
  assert.equal(after.transitions[1]?.message, 'Downloading the training image')
  assert.ok(after.lastModifiedTime > before.lastModifiedTime)
})

test('an accelerated type waits as Pending and a second wait replaces the message', () => {
  const state = play([
    { kind: 'no-capacity', accelerated: true },
    { kind: 'preparing' },
    { kind: 'no-capacity', accelerated: true },
    { kind: 'preparing' },
    { kind: 'downloading' },
  ])
  assert.deepEqual(
    state.transitions.map(({ status }) => status),
    ['Starting', 'Pending', 'Downloading'],
  )
  assert.equal(state.transitions[1]?.message, MESSAGES.preparing)
})

test('a processor type waits under Starting with the capacity message of behaviour 1.4.9', () => {
  const state = play([{ kind: 'no-capacity', accelerated: false }])
  assert.deepEqual(shape(state), [
    'Starting: Insufficient capacity error from EC2 while launching instances, retrying!',
  ])
})

test('a failed command goes through Uploading to Failed and carries its reason', () => {
  const reason = 'AlgorithmError: , exit code: 1'
  const state = play([
    ...TO_TRAINING,
    { kind: 'command-ended', outcome: { kind: 'failed', reason } },
    { kind: 'finished' },
  ])
  assert.deepEqual(
    state.transitions.slice(-2).map(({ status }) => status),
    ['Uploading', 'Failed'],
  )
  assert.equal(state.failureReason, reason)
})

const DECIDED: JobEvent = { kind: 'instance-failed', outcome: { kind: 'failed', reason: 'first' } }

test('the first instance that fails decides the end: no second one, and no limit, changes it', () => {
  const before = play(TO_TRAINING)
  const decided = play([DECIDED], before)
  assert.deepEqual([decided.secondaryStatus, decided.transitions], ['Training', before.transitions])
  const second: JobEvent = { kind: 'instance-failed', outcome: { kind: 'lost', detail: 'd' } }
  assert.equal(advance(decided, second, 9e9).kind, 'unchanged')
  assert.equal(advance(decided, { kind: 'stop-requested', cause: 'max-runtime' }, 9e9).kind, 'unchanged')
  const outcome = decided.outcome
  assert.ok(outcome)
  const ended = play([{ kind: 'command-ended', outcome }, { kind: 'finished' }], decided)
  assert.deepEqual([ended.secondaryStatus, ended.failureReason], ['Failed', 'first'])
})

test('a Stop still stops a job one of whose instances has failed, and a new attempt has not', () => {
  const decided = play([...TO_TRAINING, DECIDED])
  const stopped = play([{ kind: 'stop-requested', cause: 'user' }, { kind: 'finished' }], decided)
  assert.equal(stopped.secondaryStatus, 'Stopped')
  assert.equal(play([{ kind: 'restarting' }, { kind: 'starting-again' }], decided).outcome, undefined)
})

test('an instance fails only while its command runs', () => {
  for (const events of [[], [{ kind: 'downloading' }], [...TO_TRAINING, SUCCEEDED]] as JobEvent[][])
    assert.deepEqual(advance(play(events), DECIDED, 9e9), { kind: 'refused', reason: 'not-allowed' })
})

test('Stop sets the primary status at once and appends Stopping', () => {
  for (const events of [[], [{ kind: 'downloading' }], TO_TRAINING] as JobEvent[][]) {
    const state = play([...events, { kind: 'stop-requested', cause: 'user' }])
    assert.equal(state.status, 'Stopping')
    assert.equal(state.secondaryStatus, 'Stopping')
    assert.equal(play([{ kind: 'finished' }], state).secondaryStatus, 'Stopped')
  }
})

test('Stop while Uploading changes only the primary status and the job ends Stopped', () => {
  const uploading = play([...TO_TRAINING, SUCCEEDED])
  const stopping = play([{ kind: 'stop-requested', cause: 'user' }], uploading)
  assert.equal(stopping.status, 'Stopping')
  assert.equal(stopping.secondaryStatus, 'Uploading')
  assert.deepEqual(stopping.transitions, uploading.transitions)
  const ended = play([{ kind: 'finished' }], stopping)
  assert.deepEqual([ended.status, ended.secondaryStatus, ended.failureReason], ['Stopped', 'Stopped', undefined])
})

test('a second Stop changes nothing and the first cause decides the ending', () => {
  const stopping = play([...TO_TRAINING, { kind: 'stop-requested', cause: 'max-runtime' }])
  assert.equal(advance(stopping, { kind: 'stop-requested', cause: 'user' }, 9e9).kind, 'unchanged')
  const ended = play([SUCCEEDED, { kind: 'finished' }], stopping)
  assert.equal(ended.secondaryStatus, 'MaxRuntimeExceeded')
  assert.equal(ended.status, 'Stopped')
  assert.equal(ended.failureReason, undefined)
})

test('the runtime limit never fires while Uploading', () => {
  const uploading = play([...TO_TRAINING, SUCCEEDED])
  assert.equal(advance(uploading, { kind: 'stop-requested', cause: 'max-runtime' }, 9e9).kind, 'unchanged')
})

test('an interrupted job starts again with a new attempt and keeps its first start time', () => {
  const first = play(TO_TRAINING)
  const second = play([{ kind: 'interrupted' }, { kind: 'starting-again' }, ...TO_TRAINING], first)
  assert.equal(second.attempt, 2)
  assert.equal(second.trainingStartTime, first.trainingStartTime)
  assert.deepEqual(
    second.transitions.map(({ status }) => status),
    ['Starting', 'Downloading', 'Training', 'Interrupted', 'Starting', 'Downloading', 'Training'],
  )
})

test('a failure reason longer than the model allows is clipped to 1024 characters', () => {
  const state = play([{ kind: 'failed', reason: 'x'.repeat(5000) }])
  assert.equal(state.failureReason?.length, 1024)
})

test('what may not happen is refused and names why', () => {
  assert.deepEqual(advance(newJob(0), { kind: 'training' }, 1), { kind: 'refused', reason: 'not-allowed' })
  const failed = play([{ kind: 'failed', reason: 'r' }])
  assert.deepEqual(advance(failed, { kind: 'preparing' }, 1), { kind: 'refused', reason: 'terminal' })
})
