import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { billableSeconds, runningMilliseconds, trainingSeconds } from '../../src/lifecycle/accounting.ts'
import { advance, type JobEvent } from '../../src/lifecycle/advance.ts'
import { newJob, type JobState } from '../../src/lifecycle/job.ts'
import { isTerminal, isTerminalSecondary, PRIMARY_OF_TERMINAL } from '../../src/lifecycle/status.ts'
import { mayFollow } from '../../src/lifecycle/transitions.ts'
import { ALL_EVENTS } from './all-events.ts'

const event: fc.Arbitrary<JobEvent> = fc.constantFrom(...ALL_EVENTS)
/** Steps of job time between events; a negative one is a clock stepped back. */
const history = fc.array(fc.tuple(event, fc.integer({ min: -5000, max: 60_000 })), { maxLength: 40 })

test('whatever happens in whatever order, the record keeps its invariants', () => {
  fc.assert(
    fc.property(history, fc.constantFrom(0, 30), (steps, keepAlive) => {
      let state = newJob(1_000_000, keepAlive)
      let time = 1_000_000
      for (const [next, step] of steps) {
        time += step
        const result = advance(state, next, time)
        if (result.kind !== 'advanced') continue
        checkStep(state, result.state, result.transitionsFrom)
        state = result.state
      }
    }),
    { numRuns: 2000 },
  )
})

function checkStep(before: JobState, after: JobState, from: number): void {
  if (isTerminal(before.status))
    return after.status === before.status ? checkPool(before, after) : checkDeletion(before, after)
  assert.deepEqual(after.transitions.slice(0, from), before.transitions.slice(0, from))
  assert.ok(after.lastModifiedTime >= before.lastModifiedTime)
  assert.ok(after.transitions.length >= before.transitions.length)
  assert.equal(after.secondaryStatus, after.transitions.at(-1)?.status)
  assert.equal(after.creationTime, after.transitions[0]?.startTime)
  // The v2 SDK notices a change by the last element's message alone (behaviour 1.3).
  if (after.transitions !== before.transitions) {
    assert.notEqual(after.transitions.at(-1)?.message, before.transitions.at(-1)?.message, 'the message changed')
  }
  checkElements(after)
  checkTimes(before, after)
}

/** The intent to delete changes nothing else, and nothing that is kept warm is deleted. */
function checkDeletion(before: JobState, after: JobState): void {
  const { status, lastModifiedTime } = before
  assert.equal(after.status, 'Deleting')
  assert.ok(after.lastModifiedTime >= lastModifiedTime)
  assert.deepEqual({ ...after, status, lastModifiedTime }, before)
  assert.notEqual(before.warmPool?.status, 'Available')
}

/** Of a job that is over only what is kept of it changes, from Available on, and its last message with it. */
function checkPool(before: JobState, after: JobState): void {
  const { warmPool, lastModifiedTime, transitions, ...rest } = after
  const { warmPool: pool, lastModifiedTime: modified, transitions: elements, ...restBefore } = before
  assert.deepEqual(rest, restBefore, 'a terminal job changed')
  assert.equal(pool?.status, 'Available')
  assert.notDeepEqual(warmPool, pool)
  assert.ok(lastModifiedTime >= modified)
  assert.deepEqual(transitions.slice(0, -1), elements.slice(0, -1))
  assert.deepEqual({ ...transitions.at(-1), message: '' }, { ...elements.at(-1), message: '' })
  if (warmPool?.status === 'Available') assert.ok(warmPool.until >= warmPool.since)
  else assert.ok(warmPool && 'retainedSeconds' in warmPool && warmPool.retainedSeconds >= 0)
}

function checkElements(state: JobState): void {
  state.transitions.forEach((element, index) => {
    const next = state.transitions[index + 1]
    if (!next) return
    assert.equal(element.endTime, next.startTime, 'elements join to the millisecond')
    assert.ok(mayFollow(element.status, next.status), `${element.status} was followed by ${next.status}`)
  })
}

function checkTimes(before: JobState, after: JobState): void {
  assert.equal(after.warmPool === undefined, before.warmPool === undefined)
  assert.equal(after.warmPool?.status === 'InUse', after.warmPool !== undefined && !isTerminal(after.status))
  const last = after.transitions.at(-1)
  assert.ok(last)
  const terminal = isTerminalSecondary(last.status)
  assert.equal(isTerminal(after.status), terminal)
  if (terminal && isTerminalSecondary(last.status)) {
    assert.equal(after.status, PRIMARY_OF_TERMINAL[last.status])
    assert.equal(last.endTime, last.startTime)
    assert.equal(after.trainingEndTime, last.startTime)
  } else {
    assert.equal(after.status, after.stopCause ? 'Stopping' : 'InProgress')
    assert.equal(last.endTime, undefined)
  }
  if (before.trainingStartTime !== undefined) assert.equal(after.trainingStartTime, before.trainingStartTime)
  const now = after.lastModifiedTime + 10_000
  const training = trainingSeconds(after, now)
  const billable = billableSeconds(after)
  assert.equal(training === undefined, after.trainingStartTime === undefined)
  assert.equal(billable === undefined, !terminal || training === undefined)
  if (billable !== undefined && training !== undefined) assert.ok(billable >= 1 && billable <= training)
  assert.ok(runningMilliseconds(after, now) >= runningMilliseconds(before, before.lastModifiedTime))
}
