import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { statusesOf, supervisorFixture, type SupervisorFixture } from '../supervisor/supervisor-fixture.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { edgesOf, TABLE } from './edges.ts'
import { HISTORIES, type History } from './histories.ts'

/** Plays a history with the real supervisors, scheduler and store under virtual time. @returns the edges that its durable record shows */
async function play(
  { way, request = {}, plan, runtime, drive }: History,
  disturb?: (yard: SupervisorFixture, jobId: string) => Promise<void>,
): Promise<string[]> {
  await using yard = await supervisorFixture({ rehearsals: true, ...(runtime ? { runtime } : {}) })
  const id = await yard.submit(request, plan)
  await drive?.(yard, id)
  await disturb?.(yard, id)
  await yard.ended(id)
  const record = await yard.store.job(id)
  assert.ok(record)
  assert.equal(statusesOf(record.state).join(' '), way)
  // The journal, which is written for itself, tells of the same edges.
  const journal = await yard.store.journal({ jobId: id, after: 0, limit: 1000 })
  assert.deepEqual(brokenInvariants(record, journal), [])
  return edgesOf(record.state.transitions)
}

const STEP = 500

/** The server is another one whenever the job has come to another status. */
async function startAgain(yard: SupervisorFixture, jobId: string): Promise<void> {
  let known = 0
  for (;;) {
    const { transitions, trainingEndTime } = await yard.state(jobId)
    if (trainingEndTime !== undefined) return
    if (transitions.length > known) await yard.restart()
    known = transitions.length
    await yard.clock.advance(STEP)
  }
}

describe('Histories of the real supervisors', () => {
  const taken = new Set<string>()

  for (const history of HISTORIES)
    test(history.way, async () => {
      for (const edge of await play(history)) taken.add(edge)
    })

  for (const history of HISTORIES.filter(({ runtime }) => !runtime))
    test(`${history.way}, by a server that starts again between them`, async () => {
      for (const edge of await play(history, startAgain)) taken.add(edge)
    })

  test('take every edge of the table, and no other', () => {
    assert.deepEqual([...taken].toSorted(), TABLE)
  })
})
