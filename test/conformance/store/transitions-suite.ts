import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newJob, type JobState, type Transition } from '../../../src/lifecycle/job.ts'
import { isTerminalSecondary, PRIMARY_OF_TERMINAL, SECONDARY_STATUSES } from '../../../src/lifecycle/status.ts'
import type { SecondaryStatus } from '../../../src/lifecycle/status.ts'
import { TRANSITIONS } from '../../../src/lifecycle/transitions.ts'
import { aJob, existing, type StoreUnderTest } from './a-job.ts'

/** That nothing gets into a record that the table does not allow, whoever writes it; which `storeSuite` runs with the rest. */
export function transitionsSuite(name: string, open: () => Promise<StoreUnderTest>): void {
  test(`${name}: of all pairs of statuses those of the table are taken, and every other is refused and changes nothing`, async () => {
    await using under = await open()
    const { store } = under
    const pairs = SECONDARY_STATUSES.flatMap((from) => SECONDARY_STATUSES.map((to) => [from, to] as const))
    for (const [number, [from, to]] of pairs.entries()) {
      const before = stateAfter(wayTo(from))
      const job = aJob(number, { state: before })
      await store.insertJob(job)
      const after = stateAfter([...wayTo(from), to])
      const transitionsFrom = before.transitions.length - 1
      const change = { id: job.id, expectedVersion: 1, state: after, transitionsFrom, journal: [] }
      const outcome = await store.apply(change).catch((error: { readonly code: string }) => error.code)
      const isOfTable = TRANSITIONS[from].some((follower) => follower === to)
      // A terminal one is final before anybody looks at what shall follow.
      assert.equal(outcome, isOfTable || (isTerminalSecondary(from) ? false : 'refused'), `${from} → ${to}`)
      assert.deepEqual((await existing(store, job.id)).state, isOfTable ? after : before, `${from} → ${to}`)
    }
  })

  test(`${name}: a job begins as Starting, and with no other status`, async () => {
    await using under = await open()
    const { store } = under
    for (const [number, status] of SECONDARY_STATUSES.entries()) {
      const job = aJob(number, { state: stateAfter([status]) })
      const outcome = await store.insertJob(job).then(
        ({ kind }) => kind,
        ({ code }: { readonly code: string }) => code,
      )
      assert.equal(outcome, status === 'Starting' ? 'inserted' : 'refused', status)
      assert.equal((await store.job(job.id)) !== undefined, status === 'Starting')
    }
  })
}

/** The shortest way there from the beginning, by the table. */
function wayTo(status: SecondaryStatus): readonly SecondaryStatus[] {
  const ways: (readonly SecondaryStatus[])[] = [['Starting']]
  for (const way of ways) {
    const last = way.at(-1) ?? 'Starting'
    if (last === status) return way
    ways.push(...TRANSITIONS[last].filter((next) => !way.includes(next)).map((next) => [...way, next]))
  }
  throw new TypeError(`Nothing leads to ${status}`)
}

/** A job that has gone this way, a second in each status. */
function stateAfter(way: readonly SecondaryStatus[]): JobState {
  const begin = newJob(0)
  const last = way.at(-1) ?? 'Starting'
  const end = (way.length - 1) * 1000
  const transitions = way.map((status, index): Transition => {
    const isOpen = index === way.length - 1 && !isTerminalSecondary(status)
    const endTime = isTerminalSecondary(status) ? index * 1000 : (index + 1) * 1000
    return { status, startTime: index * 1000, message: status, ...(isOpen ? {} : { endTime }) }
  })
  return {
    ...begin,
    status: isTerminalSecondary(last) ? PRIMARY_OF_TERMINAL[last] : 'InProgress',
    secondaryStatus: last,
    transitions,
    lastModifiedTime: end,
    ...(isTerminalSecondary(last) ? { trainingEndTime: end } : {}),
  }
}
