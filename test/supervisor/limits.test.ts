import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobClock } from '../../src/clock/clock.ts'
import { newJob } from '../../src/lifecycle/job.ts'
import { parseJobRequest } from '../../src/supervisor/job-request.ts'
import { Limits } from '../../src/supervisor/limits.ts'

const REQUEST = parseJobRequest('{"StoppingCondition":{"MaxRuntimeInSeconds":20,"MaxWaitTimeInSeconds":30}}')
/** A clock whose wall part was set forward by an hour since time 0. */
const SET: Pick<JobClock, 'now' | 'monotonic'> = { now: () => 3_600_000, monotonic: () => 500 }

test('a wall clock that is set between Create and the first look at a job moves no deadline of it', () => {
  assert.deepEqual(new Limits(SET, true).of(newJob(0), REQUEST), { cause: 'max-wait', deadline: 30_500 })
})

test('the age of a job of an earlier life of the server is that of the wall clock', () => {
  assert.deepEqual(new Limits(SET, false).of(newJob(0), REQUEST), { cause: 'max-wait', deadline: 500 })
})
