import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Queue, type Decision } from '../../src/scheduler/queue.ts'
import { isBefore, type QueuedJob } from '../../src/scheduler/waiting-line.ts'
import { fits, minus, NOTHING, plus, type Amount } from '../../src/scheduler/yard.ts'

const ALL: Amount = { cpus: 8, memory: 8, gpus: 2 }

/** A job that takes processors only, and a little memory. */
function job(id: string, cpus: number, more: Partial<QueuedJob> = {}): QueuedJob {
  return { id, spot: false, priority: 0, arrival: 0, amount: { cpus, memory: 1, gpus: 0 }, ...more }
}

function ids({ starts }: Decision): readonly string[] {
  return starts.map(({ id }) => id)
}

function queueOf(running: readonly QueuedJob[], waiting: readonly QueuedJob[], all = ALL): Queue {
  const queue = new Queue(all)
  for (const [since, one] of running.entries()) queue.hold(one, since)
  for (const one of waiting) queue.add(one)
  return queue
}

test('priority comes first, then arrival, then the id; spot jobs come after all others', () => {
  const jobs = [
    job('late', 1, { arrival: 2 }),
    job('b', 1, { arrival: 1 }),
    job('a', 1, { arrival: 1 }),
    job('first', 1, { arrival: 9, priority: 100 }),
    job('last', 1, { arrival: 0, priority: -100 }),
    job('spot', 1, { spot: true, priority: 100 }),
  ]
  assert.deepEqual(ids(queueOf([], jobs).decide(0)), ['first', 'a', 'b', 'late', 'last', 'spot'])
})

test('a small job passes a large one that waits only where it takes nothing that the large one needs', () => {
  const busy = job('busy', 6)
  const head = job('head', 7)
  // When busy has gone there is one processor beside head.
  assert.deepEqual(ids(queueOf([busy], [head, job('small', 1)]).decide(0)), ['small'])
  assert.deepEqual(ids(queueOf([busy], [head, job('small', 2)]).decide(0)), [])
  // One that runs and could go on beside head has that processor already.
  assert.deepEqual(ids(queueOf([busy, job('other', 1)], [head, job('small', 1)]).decide(0)), [])
})

test('a job of processors passes one that waits for a GPU, as long as processors are left for it', () => {
  const gpu = { cpus: 2, memory: 1, gpus: 2 }
  const running = [job('gpu', 0, { amount: gpu })]
  const head = job('head', 0, { amount: gpu })
  assert.deepEqual(ids(queueOf(running, [head, job('one', 4), job('two', 3)]).decide(0)), ['one'])
})

test('on-demand interrupts the youngest spot jobs, once, and starts when they have gone', () => {
  const spot = ['old', 'middle', 'young'].map((id) => job(id, 2, { spot: true }))
  const queue = queueOf([job('busy', 1), ...spot], [job('head', 4)])
  assert.deepEqual(queue.decide(9), { starts: [], interrupts: ['young', 'middle'] })
  assert.deepEqual(queue.decide(9), { starts: [], interrupts: [] })
  queue.release('middle')
  // What is promised is not for others, and not for spot jobs that came back.
  queue.add(job('middle', 2, { spot: true }))
  assert.deepEqual(queue.decide(9), { starts: [], interrupts: [] })
  queue.release('young')
  assert.deepEqual(ids(queue.decide(9)), ['head'])
})

test('spot jobs stay where on-demand jobs are in the way as well, and those that give nothing that is missing', () => {
  const spot = job('spot', 2, { spot: true })
  assert.deepEqual(queueOf([job('busy', 5), spot], [job('head', 4)]).decide(9).interrupts, [])
  const withGpu = job('gpu', 0, { spot: true, amount: { cpus: 1, memory: 1, gpus: 2 } })
  const head = job('head', 0, { amount: { cpus: 1, memory: 1, gpus: 1 } })
  assert.deepEqual(queueOf([withGpu, spot], [head]).decide(9).interrupts, ['gpu'])
})

test('an interruption that came to nothing is tried again', () => {
  const queue = queueOf([job('spot', 8, { spot: true })], [job('head', 4)])
  assert.deepEqual(queue.decide(9).interrupts, ['spot'])
  queue.spare('spot')
  assert.deepEqual(queue.decide(9).interrupts, ['spot'])
})

test('a yard that has become smaller than what runs in it gives nothing until enough has gone', () => {
  const queue = queueOf([job('one', 6), job('two', 6), job('spot', 6, { spot: true })], [job('head', 2)])
  assert.deepEqual(queue.decide(9), { starts: [], interrupts: [] })
  queue.release('one')
  assert.deepEqual(queue.decide(9), { starts: [], interrupts: ['spot'] })
  queue.release('spot')
  assert.deepEqual(ids(queue.decide(9)), ['head'])
})

const amounts = fc.record({
  cpus: fc.integer({ min: 1, max: 8 }),
  memory: fc.integer({ min: 1, max: 8 }),
  gpus: fc.nat(2),
})
const anyJob = fc.record({
  spot: fc.boolean(),
  priority: fc.integer({ min: -2, max: 2 }),
  arrival: fc.nat(5),
  amount: amounts,
})
const someJobs = fc
  .array(anyJob, { maxLength: 12 })
  .map((jobs) => jobs.map((one, index): QueuedJob => ({ ...one, id: `job-${index}` })))

function sum(jobs: Iterable<QueuedJob>): Amount {
  return Array.from(jobs).reduce((all, { amount }) => plus(all, amount), NOTHING)
}

test('never more is given than there is, only spot jobs are interrupted, and everything starts in the end', () => {
  const steps = fc.infiniteStream(fc.nat(1000))
  fc.assert(
    fc.property(someJobs, steps, (jobs, random) => {
      const next = (below: number) => Number(random.next().value) % below
      const queue = new Queue(ALL)
      const toCome = [...jobs]
      const running = new Map<string, QueuedJob>()
      const leaving = new Set<string>()
      const done = new Set<string>()
      const decide = (now: number) => {
        const { starts, interrupts } = queue.decide(now)
        for (const one of starts) running.set(one.id, one)
        assert.ok(fits(sum(running.values()), ALL))
        for (const id of interrupts) {
          assert.ok(running.get(id)?.spot && !leaving.has(id))
          leaving.add(id)
        }
        assert.equal(running.size + toCome.length + done.size + queue.waiting, jobs.length)
      }
      for (let now = 0; toCome.length + running.size + queue.waiting > 0; now++) {
        const come = toCome.splice(0, next(4))
        for (const one of come) queue.add(one)
        decide(now)
        const ended = [...running.values()][next(Math.max(1, running.size))]
        if (!ended || next(3) === 0) continue
        running.delete(ended.id)
        queue.release(ended.id)
        // A spot job that was interrupted waits again, now and then even one that was not.
        if (leaving.delete(ended.id)) queue.add(ended)
        else done.add(ended.id)
        assert.ok(now < 10_000)
      }
      assert.equal(done.size, jobs.length)
    }),
  )
})

/** After how many of these ends the job has its place, when nothing else ends but what is interrupted, which goes at once. */
function startsAfter(queue: Queue, head: string, ends: readonly string[]): number {
  for (let count = 0; count <= ends.length; count++) {
    for (let decision = queue.decide(99); ; decision = queue.decide(99)) {
      if (ids(decision).includes(head)) return count
      if (decision.interrupts.length === 0) break
      for (const id of decision.interrupts) queue.release(id)
    }
    const end = ends[count]
    if (end !== undefined) queue.release(end)
  }
  return Number.POSITIVE_INFINITY
}

/** Jobs as they come to run: one after another, as far as there is room. */
function runningOf(jobs: readonly QueuedJob[]): readonly QueuedJob[] {
  let left = ALL
  return jobs.filter(({ amount }) => {
    if (!fits(amount, left)) return false
    left = minus(left, amount)
    return true
  })
}

test('the head is delayed by nothing that starts behind it, in whatever order the running jobs end', () => {
  let passes = 0
  fc.assert(
    fc.property(someJobs, someJobs, fc.infiniteStream(fc.nat(1000)), (first, others, random) => {
      const running = runningOf(first).map((one, index) => ({ ...one, spot: false, id: `running-${index}` }))
      const waiting = others.toSorted(
        (one, other) => Number(one.spot) - Number(other.spot) || (isBefore(one, other) ? -1 : 1),
      )
      const probe = queueOf(running, waiting)
      const started = new Set(ids(probe.decide(9)))
      const head = waiting.find(({ id }) => !started.has(id))
      if (!head) return
      const behind = waiting.slice(waiting.indexOf(head) + 1)
      const before = waiting.slice(0, waiting.indexOf(head))
      passes += behind.filter(({ id }) => started.has(id)).length
      const ends = [...running, ...before]
        .map(({ id }) => ({ id, key: Number(random.next().value) }))
        .sort((one, other) => one.key - other.key)
        .map(({ id }) => id)
      const alone = startsAfter(queueOf(running, [...before, head]), head.id, ends)
      const among = startsAfter(queueOf(running, waiting), head.id, ends)
      assert.equal(among, alone)
    }),
    { numRuns: 1000 },
  )
  assert.ok(passes > 10, `only ${passes} jobs started behind a head`)
})

test('as few spot jobs as needed are interrupted, and none where that is not enough', () => {
  let interrupted = 0
  fc.assert(
    fc.property(someJobs, anyJob, (jobs, one) => {
      const running = runningOf(jobs)
      const head: QueuedJob = { ...one, spot: false, id: 'head' }
      const { starts, interrupts } = queueOf(running, [head]).decide(99)
      const fitsWithout = (gone: readonly string[]) =>
        fits(head.amount, minus(ALL, sum(running.filter(({ id }) => !gone.includes(id)))))
      const spot = running.filter((other) => other.spot).map(({ id }) => id)
      assert.equal(starts.length, Number(fitsWithout([])))
      assert.equal(interrupts.length > 0, !fitsWithout([]) && fitsWithout(spot))
      if (interrupts.length === 0) return
      interrupted += interrupts.length
      assert.ok(fitsWithout(interrupts))
      for (const id of interrupts) assert.ok(!fitsWithout(interrupts.filter((other) => other !== id)))
      // None that is older than the youngest that are enough.
      const youngest = spot.toReversed()
      const enough = youngest.slice(0, youngest.findIndex((_, index) => fitsWithout(youngest.slice(0, index + 1))) + 1)
      assert.ok(interrupts.every((id) => enough.includes(id)))
    }),
    { numRuns: 500 },
  )
  assert.ok(interrupted > 10)
})

test('a job that is withdrawn is not waited for', () => {
  const queue = queueOf([job('busy', 4)], [job('head', 8), job('next', 4)])
  assert.deepEqual(ids(queue.decide(0)), [])
  queue.withdraw('head')
  assert.deepEqual(ids(queue.decide(0)), ['next'])
  assert.equal(queue.waiting, 0)
})
