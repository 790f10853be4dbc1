import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RealClock } from '../../src/clock/real-clock.ts'
import { openServerClock } from '../../src/cli/server/job-clock.ts'
import { openDataFolder } from '../../src/data-folder/data-folder.ts'
import { systemDurableFiles, type DurableFiles } from '../../src/durable/durable-files.ts'
import { LogFile } from '../../src/agent/log-file.ts'
import { AccessKeys } from '../../src/identity/access-keys.ts'
import { loadIdentity, readIdentity } from '../../src/identity/identity.ts'
import { Plans } from '../../src/plans/plans.ts'
import { systemIds } from '../../src/util/ids.ts'
import { checkSealed, streamFiles } from './check-logs.ts'

/** What was asked for, and whether the answer had come. */
export interface Asked {
  /** What there is when it is done; undefined for nothing. */
  readonly result: string | undefined
  answered: boolean
}

/** What a case works with until the power goes. */
export interface PowerWork {
  readonly folder: string
  readonly durable: DurableFiles
  readonly asked: readonly Asked[]
  ask<Answer>(result: string | undefined, work: Promise<Answer>): Promise<Answer>
  /** Is closed when the case is over, whatever became of it. */
  opened(resource: { close(): unknown }): void
}

/** Something of ours that writes files, from which the power is taken away before each call that it makes of the operating system. */
export interface PowerCase {
  readonly name: string
  /** What the folder holds before, all of it on the disk. */
  prepare?(folder: string): Promise<void>
  run(work: PowerWork): Promise<void>
  /** @param folder what is found when the power is back @returns what is broken, in words */
  check(folder: string, asked: readonly Asked[]): Promise<string | undefined>
  /** Which files are safe whatever happens; databases where it is not given. */
  isSafe?(path: string): boolean
}

/** The last result that was answered, or what was being asked then: whole, and nothing else. */
export function promised(asked: readonly Asked[], found: string | undefined): string | undefined {
  const last = asked.findLastIndex(({ answered }) => answered)
  const allowed = [last < 0 ? undefined : asked[last]?.result, ...asked.slice(last + 1).map(({ result }) => result)]
  return allowed.includes(found) ? undefined : `found ${found}, where one of ${allowed.join(', ')} was promised`
}

type Step = (durable: DurableFiles, path: string) => readonly [string | undefined, Promise<unknown>]

const writes =
  (text: string): Step =>
  (durable, path) => [text, durable.write(path, text)]
const makes: Step = (durable, path) => ['made', durable.create(path, 'made')]
const removes: Step = (durable, path) => [undefined, durable.remove(path)]

/** One after another; what several at once come to is tried with the access keys, whose changes wait for each other. */
function ofOneFile(name: string, steps: readonly Step[]): PowerCase {
  return {
    name,
    run: async ({ folder, durable, ask }) => {
      for (const step of steps) await ask(...step(durable, join(folder, 'file')))
    },
    check: async (folder, asked) => {
      return promised(asked, await readFile(join(folder, 'file'), 'utf8').catch(() => undefined))
    },
  }
}

const FILES: readonly PowerCase[] = [
  ofOneFile('a file is written', [writes('first')]),
  ofOneFile('a file is written again and again', [writes('first'), writes('the second'), writes('3')]),
  ofOneFile('a file is made', [makes]),
  ofOneFile('a file is written and removed', [writes('first'), removes]),
  ofOneFile('a file is removed and made', [writes('first'), removes, makes]),
]

/** Whose identity was handed out keeps it, and a key that was handed out is there. */
const KEYS: PowerCase = {
  name: 'identity and keys',
  run: async ({ folder, durable, ask }) => {
    const parts = { folder, durable, ids: systemIds() }
    const identity = await ask('identity', loadIdentity({ ...parts, region: 'us-east-1' }))
    const keys = await AccessKeys.load({ ...parts, identity })
    const make = () => keys.create({ account: '111122223333', kind: 'owner', now: 0 })
    await Promise.all(['one', 'two', 'three'].map((name) => ask(name, make())))
    const nothingRuns = () => Promise.resolve([])
    await ask('rotated', keys.rotate(0, nothingRuns))
  },
  check: async (folder, asked) => {
    const identity = await readIdentity(join(folder, 'identity.json'))
    const answered = asked.filter(({ answered: isAnswered }) => isAnswered)
    if (!identity) return answered.length > 0 ? 'the identity is lost' : undefined
    const keys = await AccessKeys.load({ folder, durable: systemDurableFiles, ids: systemIds(), identity })
    const lost = answered.length - keys.list().length
    return lost > 0 ? `${lost} keys that were handed out are lost` : undefined
  },
}

const PLANS: PowerCase = {
  name: 'plans',
  run: async ({ folder, durable, ask }) => {
    const plans = await Plans.load({ folder, durable, configured: [] })
    await ask('a', plans.put({ kind: 'simulate', name: 'a', text: 'run 5d' }))
    await ask('a, b', plans.put({ kind: 'simulate', name: 'b', text: 'run 6d' }))
    await ask('b', plans.remove({ kind: 'simulate', name: 'a' }))
  },
  check: async (folder, asked) => {
    const plans = await Plans.load({ folder, durable: systemDurableFiles, configured: [] })
    const names = plans.list().map(({ name }) => name)
    return promised(asked, names.length === 0 ? undefined : names.join(', '))
  },
}

/** Job time that no wall clock has come to. */
const FAR_MS = 1e14

const CLOCK: PowerCase = {
  name: 'how far job time has come',
  run: async ({ folder, durable, ask }) => {
    const { keep } = await openServerClock('virtual', folder, durable)
    for (const now of [FAR_MS, FAR_MS + 1])
      await ask(String(now), keep?.(now) ?? Promise.reject(new TypeError('no keep')))
  },
  check: async (folder, asked) => {
    const { clock } = await openServerClock('virtual', folder)
    return promised(asked, clock.now() < FAR_MS ? undefined : String(clock.now()))
  },
}

const PORT = 8484

/** A folder that was taken once can be taken again, and knows where its server listened. */
const DATA_FOLDER: PowerCase = {
  name: 'the data folder',
  run: async ({ folder, durable, ask, opened }) => {
    const data = await ask('taken', openDataFolder({ path: join(folder, 'data'), durable }))
    opened(data)
    const url = `http://127.0.0.1:${PORT}`
    const host = '127.0.0.1'
    await ask('announced', data.announce({ url, host, port: PORT, startedAt: new Date(0).toISOString() }))
    await ask('closed', data.close())
  },
  check: async (folder, asked) => {
    const data = await openDataFolder({ path: join(folder, 'data'), durable: systemDurableFiles })
    await data.close()
    return asked[1]?.answered && data.previousPort !== PORT ? 'where its server listened is lost' : undefined
  },
}

const LINES = 'one\ntwo\nthree\n'

/** A seal that is found promises bytes that are there. */
const LOG: PowerCase = {
  name: 'the log of a job',
  run: async ({ folder, durable, ask, opened }) => {
    const file = join(folder, 'log')
    const clock = new RealClock()
    await appendFile(file, LINES)
    const log = LogFile.open({ file, maxBytes: 1e6, clock, durable })
    opened(log)
    await ask('sealed', log.seal())
  },
  check: async (folder, asked) => {
    const streams = await streamFiles(folder)
    const isSealed = streams.length > 0 && (await checkSealed(folder, streams)).length === 0
    if (!isSealed) return asked[0]?.answered ? 'a sealed log is lost' : undefined
    const text = await readFile(join(folder, 'log'), 'utf8')
    return text === LINES ? undefined : `a sealed log holds ${JSON.stringify(text)}`
  },
}

export const SMALL_CASES: readonly PowerCase[] = [...FILES, KEYS, PLANS, CLOCK, DATA_FOLDER, LOG]
