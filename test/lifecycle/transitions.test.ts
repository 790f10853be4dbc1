import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { advance } from '../../src/lifecycle/advance.ts'
import { newJob, type JobState } from '../../src/lifecycle/job.ts'
import { SECONDARY_STATUSES, TERMINAL_SECONDARY_STATUSES } from '../../src/lifecycle/status.ts'
import { mermaidDiagram, TRANSITIONS } from '../../src/lifecycle/transitions.ts'
import { ALL_EVENTS } from './all-events.ts'
import { edgesOf, TABLE } from './edges.ts'

test('terminal statuses have no followers and every other one can reach an end', () => {
  for (const status of TERMINAL_SECONDARY_STATUSES) assert.deepEqual(TRANSITIONS[status], [])
  for (const status of SECONDARY_STATUSES) assert.ok(reaches(status), `${status} never ends`)
})

function reaches(status: (typeof SECONDARY_STATUSES)[number], seen = new Set<string>()): boolean {
  if (TRANSITIONS[status].length === 0) return true
  if (seen.has(status)) return false
  seen.add(status)
  return TRANSITIONS[status].some((next) => reaches(next, seen))
}

test('whatever events come in whatever order, every edge of the table can be taken, and no other', () => {
  const taken = new Set<string>()
  const states = new Map<string, JobState>()
  const found = [newJob(1000), newJob(1000, 60)]
  for (const state of found) {
    const key = keyOf(state)
    if (states.has(key)) continue
    states.set(key, state)
    for (const event of ALL_EVENTS) {
      const next = advance(state, event, state.lastModifiedTime + 1)
      if (next.kind !== 'advanced') continue
      for (const edge of edgesOf(next.state.transitions.slice(-2))) taken.add(edge)
      // Only how it is now decides what may come of it, so what was before need not grow.
      found.push({ ...next.state, attempt: 1, transitions: next.state.transitions.slice(-1) })
    }
  }
  assert.deepEqual([...taken].toSorted(), TABLE)
  assert.deepEqual(
    SECONDARY_STATUSES.filter((status) => ![...states.values()].some((state) => state.secondaryStatus === status)),
    [],
  )
})

/** All of a job's state that decides what an event does to it. */
function keyOf({
  status,
  secondaryStatus,
  stopCause,
  outcome,
  placement,
  trainingStartTime,
  warmPool,
}: JobState): string {
  const parts = [outcome?.kind, placement !== undefined, trainingStartTime !== undefined, warmPool?.status]
  return [status, secondaryStatus, stopCause, ...parts].join(' ')
}

test('the diagram in the documentation is the one the table makes', async () => {
  const page = await readFile(new URL('../../docs/lifecycle.md', import.meta.url), 'utf8')
  const diagram = /```mermaid\n([\s\S]*?)```/.exec(page)?.[1]
  assert.equal(diagram, mermaidDiagram(), 'run `node scripts/lifecycle-diagram.ts` to write it anew')
})
