import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Placement } from '../../src/lifecycle/placement.ts'
import { FleetScheduler, type FleetOptions } from '../../src/scheduler/fleet-scheduler.ts'
import { CapacityError, type Answer, type Asking } from '../../src/scheduler/scheduler.ts'

const GIB = 2 ** 30
const YARD = { cpus: 4, memory: 16 * GIB, gpus: [0, 1, 3] }

function fleet({ isOpen = true, ...options }: Partial<FleetOptions> & { readonly isOpen?: boolean } = {}) {
  const interrupted: string[] = []
  const scheduler = new FleetScheduler({
    yard: YARD,
    policy: 'shrink',
    clock: { now: () => 1000 },
    interrupt: async (id) => interrupted.push(id) > 0,
    log: { warn: () => undefined },
    ...options,
  })
  const waits: string[] = []
  const placed: string[] = []
  /** Asks; the place is the job's whenever it has it. */
  const ask = (jobId: string, types: readonly string[], more: Partial<Asking> = {}) => {
    const instances = types.map((instanceType, index) => ({ host: `algo-${index + 1}`, instanceType }))
    const asking = { jobId, account: '111122223333', priority: 0, arrival: 0, spot: false, instances, ...more }
    const { promise: place, resolve, reject } = Promise.withResolvers<Placement>()
    const given = (placement: Placement) => {
      placed.push(jobId)
      resolve(placement)
    }
    const answer = scheduler.ask(asking, { placed: given })
    const heard = (answered: Answer) =>
      answered.kind === 'placed' ? given(answered.placement) : void waits.push(`${jobId} ${answered.kind}`)
    answer.then(heard, reject)
    return { place }
  }
  if (isOpen) scheduler.open()
  return { scheduler, ask, waits, placed, interrupted }
}

test('a place says what each instance has, and what its type has where that is more', async () => {
  const { ask } = fleet()
  const { since, spot, hosts } = await ask('job', ['ml.g5.12xlarge', 'ml.m5.large']).place
  assert.deepEqual([since, spot], [1000, false])
  assert.deepEqual(hosts, [
    {
      host: 'algo-1',
      instanceType: 'ml.g5.12xlarge',
      cpus: 2,
      memory: 8 * GIB,
      gpus: [0, 1, 3],
      typeHas: { cpus: 48, memory: 192 * GIB, gpus: 4 },
    },
    { host: 'algo-2', instanceType: 'ml.m5.large', cpus: 2, memory: 8 * GIB, gpus: [] },
  ])
})

test('jobs wait for one another, in order; who waits is told so', async () => {
  const { ask, scheduler, waits, placed } = fleet()
  ask('first', ['ml.m5.xlarge'])
  ask('plain', ['ml.m5.xlarge'], { arrival: 1 })
  ask('urgent', ['ml.g5.xlarge'], { arrival: 2, priority: 5 })
  await setImmediate()
  // The most urgent of those that ask together.
  assert.deepEqual(placed, ['urgent'])
  assert.deepEqual(waits, ['first waits', 'plain waits'])
  scheduler.release('urgent')
  scheduler.release('urgent')
  await setImmediate()
  ask('gpu', ['ml.p3.2xlarge'], { arrival: 3 })
  await setImmediate()
  assert.deepEqual(placed, ['urgent', 'first'])
  assert.deepEqual(waits.slice(2), ['gpu waits'])
})

test('GPUs are given by index, to one job at a time', async () => {
  const { ask, scheduler } = fleet({ yard: { ...YARD, cpus: 100, memory: 100 * GIB } })
  const gpusOf = async (place: Promise<Placement>) => (await place).hosts.map(({ gpus }) => gpus)
  assert.deepEqual(await gpusOf(ask('one', ['ml.g5.xlarge', 'ml.g5.xlarge']).place), [[0], [1]])
  assert.deepEqual(await gpusOf(ask('two', ['ml.g5.xlarge']).place), [[3]])
  const three = ask('three', ['ml.g5.xlarge'])
  await setImmediate()
  scheduler.release('one')
  assert.deepEqual(await gpusOf(three.place), [[0]])
})

test('a job that has its place gets the same again', async () => {
  const { ask } = fleet()
  const first = await ask('job', ['ml.m5.xlarge']).place
  assert.equal(await ask('job', ['ml.m5.xlarge']).place, first)
})

test('a job that leaves while it waits gets no place, and those behind it move up', async () => {
  const { ask, placed, scheduler } = fleet()
  ask('busy', ['ml.m5.large'])
  await setImmediate()
  ask('head', ['ml.m5.xlarge'], { arrival: 1 })
  ask('next', ['ml.m5.large'], { arrival: 2 })
  await setImmediate()
  assert.deepEqual(placed, ['busy'])
  scheduler.release('head')
  await setImmediate()
  assert.deepEqual(placed, ['busy', 'next'])
  ask('late', ['ml.m5.large'])
  scheduler.release('late')
  scheduler.release('next')
  await setImmediate()
  assert.deepEqual(placed, ['busy', 'next'])
})

test('an on-demand job interrupts a spot job and has its place when it is released', async () => {
  const { ask, scheduler, placed, interrupted } = fleet()
  ask('spot', ['ml.m5.xlarge'], { spot: true })
  await setImmediate()
  ask('one', ['ml.m5.large'])
  await setImmediate()
  ask('two', ['ml.m5.large'])
  await setImmediate()
  assert.deepEqual([placed, interrupted], [['spot'], ['spot']])
  scheduler.release('spot')
  ask('spot', ['ml.m5.xlarge'], { spot: true })
  await setImmediate()
  assert.deepEqual(placed, ['spot', 'one', 'two'])
  scheduler.release('one')
  await setImmediate()
  scheduler.release('two')
  await setImmediate()
  assert.deepEqual(placed, ['spot', 'one', 'two', 'spot'])
})

test('a spot job that is past being interrupted is waited for; an interruption that failed is told and tried again', async () => {
  const answers: (() => Promise<boolean>)[] = [() => Promise.reject(new Error('disk full')), async () => false]
  const warned: unknown[] = []
  const { ask, placed, scheduler } = fleet({
    interrupt: () => answers.shift()?.() ?? assert.fail('asked once too often'),
    log: { warn: (...line: readonly unknown[]) => void warned.push(line) },
  })
  ask('spot', ['ml.m5.xlarge'], { spot: true })
  await setImmediate()
  ask('one', ['ml.m5.large'])
  await setImmediate()
  assert.equal(warned.length, 1)
  ask('two', ['ml.m5.large'])
  await setImmediate()
  ask('two more', ['ml.m5.large'])
  await setImmediate()
  assert.deepEqual([placed, answers.length], [['spot'], 0])
  scheduler.release('spot')
  await setImmediate()
  assert.deepEqual(placed, ['spot', 'one', 'two'])
})

test('places of an earlier life are held, though the yard has become smaller and lost GPUs', async () => {
  const { ask, scheduler, placed } = fleet()
  const host = { host: 'algo-1', instanceType: 'ml.p3.8xlarge', cpus: 3, memory: 8 * GIB }
  scheduler.hold('one', { since: 1, spot: false, hosts: [{ ...host, gpus: [1, 7] }] })
  scheduler.hold('one', { since: 1, spot: false, hosts: [{ ...host, gpus: [0] }] })
  scheduler.hold('two', { since: 2, spot: false, hosts: [{ ...host, gpus: [1, 8] }] })
  const next = ask('next', ['ml.g5.12xlarge'])
  await setImmediate()
  assert.deepEqual(placed, [])
  scheduler.release('two')
  await setImmediate()
  assert.deepEqual(placed, [])
  scheduler.release('one')
  assert.deepEqual((await next.place).hosts[0]?.gpus, [0, 1, 3])
})

test('no place is given before the scheduler is opened; then it is as if all had asked at once', async () => {
  const { ask, scheduler, placed, waits } = fleet({ isOpen: false })
  ask('low', ['ml.m5.xlarge'], { arrival: 1 })
  ask('high', ['ml.m5.xlarge'], { arrival: 2, priority: 1 })
  await setImmediate()
  assert.deepEqual([placed, waits], [[], ['low held', 'high held']])
  scheduler.open()
  ask('highest', ['ml.m5.xlarge'], { arrival: 3, priority: 2 })
  await setImmediate()
  assert.deepEqual(placed, ['highest'])
  // Asking again moves nobody.
  ask('low', ['ml.m5.xlarge'], { arrival: 0, priority: 9 })
  scheduler.release('highest')
  await setImmediate()
  assert.deepEqual(placed, ['highest', 'high'])
  assert.deepEqual(waits.slice(2), ['low waits'])
})

test('under fit a job waits for what its type has, and what can never fit is refused', async () => {
  const { ask, placed } = fleet({ policy: 'fit' })
  ask('one', ['ml.m5.xlarge'])
  ask('two', ['ml.t3.medium'])
  await setImmediate()
  assert.deepEqual(placed, ['one'])
  await assert.rejects(ask('never', ['ml.m5.2xlarge']).place, CapacityError)
})

test('what a release costs does not grow with the jobs that wait', async () => {
  const TYPES = ['ml.m5.large', 'ml.m5.xlarge', 'ml.c5.2xlarge', 'ml.g5.xlarge', 'ml.p3.2xlarge', 'ml.r5.4xlarge']
  /** Milliseconds a job. */
  const cost = async (waiting: number, turns: number) => {
    const { ask, scheduler, placed } = fleet()
    for (let index = 0; index < waiting + turns; index++)
      ask(`job-${index}`, [TYPES[index % TYPES.length] ?? ''], { arrival: index, spot: index % 5 === 0 })
    await setImmediate()
    const begin = performance.now()
    let next = 0
    while (next < turns) {
      const id = placed[next++] ?? assert.fail('nothing starts')
      scheduler.release(id)
      if (placed.length === next) await setImmediate()
    }
    return (performance.now() - begin) / turns
  }
  await cost(100, 500)
  const few = await cost(100, 500)
  const many = await cost(20_000, 500)
  // Looking at each of 20,000 takes more than a hundred times as long as at each of 100.
  assert.ok(many < few * 20 + 0.2, `${many} ms for a release with 20,000 waiting, ${few} ms with 100`)
})
