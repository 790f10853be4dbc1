import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attemptBegan, billableSeconds, runningMilliseconds, trainingSeconds } from '../../src/lifecycle/accounting.ts'
import { newJob, type JobState } from '../../src/lifecycle/job.ts'
import { algorithmError } from '../../src/lifecycle/failure-reason.ts'

function ended(start: number, end: number): JobState {
  return {
    ...newJob(start - 1000),
    status: 'Completed',
    trainingStartTime: start,
    trainingEndTime: end,
    lastModifiedTime: end,
  }
}

test('both ends are floored before they are subtracted, as in the real answers of behaviour 2.2', () => {
  // The three observed jobs: 3030.2 s was reported as 3031, 37026.1 s as 37026, 159.4 s as 159.
  assert.equal(trainingSeconds(ended(1645031747_782, 1645034778_005), 0), 3031)
  assert.equal(trainingSeconds(ended(1000_000, 1000_000 + 37026_100), 0), 37026)
  assert.equal(trainingSeconds(ended(1000_100, 1000_100 + 159_400), 0), 159)
})

test('a job of milliseconds counts as one second, and one that never started has no counter', () => {
  assert.equal(trainingSeconds(ended(5000, 5003), 0), 1)
  assert.equal(billableSeconds(ended(5000, 5003)), 1)
  assert.equal(trainingSeconds(newJob(0), 5000), undefined)
})

test('the counter grows while the job runs and nothing is billed yet', () => {
  const running: JobState = { ...newJob(0), trainingStartTime: 1000 }
  assert.equal(trainingSeconds(running, 32_000), 31)
  assert.equal(billableSeconds(running), undefined)
})

test('time between attempts is neither billed nor counted against the runtime limit', () => {
  const state: JobState = {
    ...ended(10_000, 100_000),
    transitions: [
      { status: 'Starting', startTime: 0, endTime: 10_000, message: '' },
      { status: 'Downloading', startTime: 10_000, endTime: 20_000, message: '' },
      { status: 'Training', startTime: 20_000, endTime: 40_000, message: '' },
      { status: 'Interrupted', startTime: 40_000, endTime: 60_000, message: '' },
      { status: 'Starting', startTime: 60_000, endTime: 65_000, message: '' },
      { status: 'Downloading', startTime: 65_000, endTime: 70_000, message: '' },
      { status: 'Training', startTime: 70_000, endTime: 90_000, message: '' },
      { status: 'Uploading', startTime: 90_000, endTime: 100_000, message: '' },
      { status: 'Completed', startTime: 100_000, endTime: 100_000, message: '' },
    ],
  }
  assert.equal(trainingSeconds(state, 0), 90)
  assert.equal(billableSeconds(state), 65)
  assert.equal(runningMilliseconds(state, 0), 55_000)
})

test('an attempt begins with the job, or as the one before it is over', () => {
  const first = newJob(1000)
  const interrupted: JobState = {
    ...first,
    transitions: [
      { status: 'Starting', startTime: 1000, endTime: 2000, message: '' },
      { status: 'Training', startTime: 2000, endTime: 3000, message: '' },
      { status: 'Interrupted', startTime: 3000, message: '' },
    ],
  }
  // What is interrupted may still save what it has: its attempt is the one that was.
  for (const state of [first, interrupted]) assert.equal(attemptBegan(state), 1000)
  const again = interrupted.transitions.map((element) => ({ endTime: 4000, ...element }))
  const second = {
    ...interrupted,
    transitions: [...again, { status: 'Starting' as const, startTime: 4000, message: '' }],
  }
  assert.equal(attemptBegan(second), 4000)
})

test('the failure text is clipped so that the exit code always fits', () => {
  assert.equal(algorithmError('', 1), 'AlgorithmError: , exit code: 1')
  const long = algorithmError('x'.repeat(3000), 137)
  assert.equal(long.length, 1024)
  assert.ok(long.endsWith('x, exit code: 137'))
})
