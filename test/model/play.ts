import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { expected } from './described.ts'
import { ask } from './model-requests.ts'
import { RealServer } from './real-server.ts'
import type { Answer, Request, Step } from './steps.ts'
import type { ModelWorld } from './model-world.ts'
import { advanced, distinct, nextDue, reopened, wayThroughPresent } from './worlds.ts'

/** Not on a whole second, because behaviour 2.2 floors both ends of a span. */
const START = 1_700_000_000_123
/** Longer than any pool is kept. */
const POOLS_ARE_OVER_MS = 7 * 3_600_000

/** Every world that the model holds for possible: what is seen of the real one makes them fewer, and there must always be one left. */
export class Model {
  worlds: readonly ModelWorld[] = [{ now: START, upSince: START, made: 0, jobs: new Map() }]
}

/** A server and its model. */
export interface Pair {
  readonly model: Model
  readonly real: RealServer
}

export async function openPair(): Promise<Pair> {
  return { model: new Model(), real: await RealServer.open(START) }
}

/** Takes one step with both, and compares all that can be seen. @throws AssertionError */
export async function takeStep({ model, real }: Pair, step: Step): Promise<void> {
  model.worlds = distinct(await stepped({ model, real }, step))
  await compare({ model, real })
}

/** Lets both come to their end. @throws AssertionError */
export async function finish({ model, real }: Pair): Promise<void> {
  assert.ok(await real.runUntilIdle(), 'jobs are left to which nothing happens any more')
  await letCome(model, real.now)
  await compare({ model, real })
  await takeStep({ model, real }, { do: 'advance', by: POOLS_ARE_OVER_MS })
  assert.deepEqual(await real.close(), [])
}

/** Plays a program from its beginning to the end of all its jobs. @throws AssertionError */
export async function play(program: readonly Step[]): Promise<void> {
  const pair = await openPair()
  await using _real = pair.real
  for (const step of program) await takeStep(pair, step)
  await finish(pair)
}

async function stepped({ model, real }: Pair, step: Step): Promise<readonly ModelWorld[]> {
  switch (step.do) {
    case 'advance':
    case 'advance to next': {
      const by = millisecondsOf(model, step)
      await real.advance(by)
      return model.worlds.flatMap((world) => advanced(world, world.now + by))
    }
    case 'crash':
    case 'restart':
      await real[step.do](step.down)
      return takenUp(model.worlds, step.down)
    case 'crash during':
      await real.crashDuring(step.request, step)
      return takenUp(
        model.worlds.flatMap((world) => [world, ...wayThroughPresent(ask(world, step.request).world)]),
        step.down,
      )
    default:
      return requested({ model, real }, step)
  }
}

function millisecondsOf(
  { worlds }: Model,
  step: Extract<Step, { readonly do: 'advance' | 'advance to next' }>,
): number {
  if (step.do === 'advance') return step.by
  const [world] = worlds
  const due = world && nextDue(world)
  return !world || due === undefined ? 0 : Math.max(0, due - world.now + step.off)
}

function takenUp(worlds: readonly ModelWorld[], down: number): readonly ModelWorld[] {
  return worlds.flatMap((world) => {
    const at = world.now + down
    return advanced(reopened(world, at), at)
  })
}

async function requested({ model, real }: Pair, request: Request): Promise<readonly ModelWorld[]> {
  const asked = model.worlds.map((world) => ask(world, request))
  const answer = await real.ask(request)
  const possible = asked.filter((one) => isAnswer(one.answer, answer))
  if (possible.length === 0) assert.deepEqual(answer, asked[0]?.answer, `the answer to ${JSON.stringify(request)}`)
  return possible.flatMap(({ world }) => advanced(world, world.now))
}

function isAnswer(expected: Answer, answer: Answer): boolean {
  return (
    expected.code === answer.code &&
    (expected.message ?? answer.message) === answer.message &&
    expected.interrupted === answer.interrupted &&
    expected.found === answer.found
  )
}

async function letCome(model: Model, until: number): Promise<void> {
  model.worlds = distinct(model.worlds.flatMap((world) => advanced(world, until)))
}

/** Keeps the worlds that look like the real one. */
async function compare({ model, real }: Pair): Promise<void> {
  const seen = await look(real)
  const views = model.worlds.map((world) => viewOf(world))
  const same = model.worlds.filter((_world, index) => isDeepStrictEqual(views[index], seen))
  if (same.length === 0)
    assert.deepEqual(seen, views[0], `${views.length} worlds were possible, and it is none of them`)
  model.worlds = same
}

interface View {
  readonly now: number
  readonly list: readonly string[]
  readonly jobs: Readonly<Record<string, unknown>>
}

function viewOf({ now, jobs }: ModelWorld): View {
  const all = [...jobs.values()].map((job) => expected(job, now))
  return {
    now,
    list: all
      .map(({ name, status, secondary, pool }) => [name, status, secondary, pool?.split(' ')[0]].join(' '))
      .sort(),
    jobs: Object.fromEntries(all.map((job) => [job.name, job])),
  }
}

async function look(real: RealServer): Promise<View> {
  const listed = await real.list()
  const jobs = await Promise.all(
    listed.map(async ({ TrainingJobName: name }) => [name, await real.describe(name)] as const),
  )
  const list = listed.map((job) =>
    [job.TrainingJobName, job.TrainingJobStatus, job.SecondaryStatus, job.WarmPoolStatus?.Status].join(' '),
  )
  return { now: real.now, list: list.sort(), jobs: Object.fromEntries(jobs) }
}
