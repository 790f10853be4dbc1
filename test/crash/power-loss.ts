import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { durableFilesOn, type DurableFiles } from '../../src/durable/durable-files.ts'
import { AccessKeys } from '../../src/identity/access-keys.ts'
import { loadIdentity, readIdentity } from '../../src/identity/identity.ts'
import { systemIds } from '../../src/util/ids.ts'
import { Seeded } from '../support/seeded.ts'
import { LosingDisk } from './losing-disk.ts'
import type { TableRow } from './table.ts'

const FILE = 'file'
/** More calls than any program makes: then the power stays. */
const NEVER = Number.MAX_SAFE_INTEGER
/** Event loop turns in which everything that can still go on does. */
const TURNS = 20

/** What was asked of a file, and whether the answer had come. */
interface Asked {
  /** What the file holds when it is done; undefined for none. */
  readonly result: string | undefined
  answered: boolean
}

type Program = (durable: DurableFiles, path: string, asked: Asked[]) => Promise<void>

async function ask(asked: Asked[], result: string | undefined, work: Promise<unknown>): Promise<void> {
  const entry: Asked = { result, answered: false }
  asked.push(entry)
  await work
  entry.answered = true
}

const write = (durable: DurableFiles, path: string, asked: Asked[], text: string) =>
  ask(asked, text, durable.write(path, text))

/** One after another; what several at once come to is tried with the access keys, whose changes wait for each other. */
const PROGRAMS: Readonly<Record<string, Program>> = {
  'a file is written': (durable, path, asked) => write(durable, path, asked, 'first'),
  'a file is written again and again': async (durable, path, asked) => {
    for (const text of ['first', 'the second', '3']) await write(durable, path, asked, text)
  },
  'a file is made': (durable, path, asked) => ask(asked, 'made', durable.create(path, 'made')),
  'a file is written and removed': async (durable, path, asked) => {
    await write(durable, path, asked, 'first')
    await ask(asked, undefined, durable.remove(path))
  },
  'a file is removed and made': async (durable, path, asked) => {
    await write(durable, path, asked, 'first')
    await ask(asked, undefined, durable.remove(path))
    await ask(asked, 'made', durable.create(path, 'made'))
  },
}

/**
 * Takes the power away before every call of the operating system that `durable-files` makes, with several choices of what the disk had kept of what was not synced,
 * and compares what is found with what was promised.
 */
export async function runPowerLoss(options: { readonly losses: number; readonly seed: number }): Promise<TableRow[]> {
  const random = new Seeded(options.seed)
  const broken: string[] = []
  let points = 0
  for (const [name, program] of Object.entries(PROGRAMS)) {
    const whole = await run(program, NEVER)
    for (let at = 1; at <= whole.disk.calls + 1; at++)
      for (let loss = 0; loss < options.losses; loss++) {
        points++
        const { disk, asked } = await run(program, at)
        const problem = promised(asked, disk.afterLoss(random).get(`${disk.folder}/${FILE}`))
        if (problem !== undefined) broken.push(`${name}, power lost at call ${at}: ${problem}`)
      }
  }
  const keys = await losePowerUnderKeys(random, options.losses)
  return [
    {
      part: 'power lost',
      points: points + keys.points,
      scenarios: Object.keys(PROGRAMS).length + 1,
      broken: [...broken, ...keys.broken],
    },
  ]
}

async function run(
  program: Program,
  losesAt: number,
): Promise<{ readonly disk: LosingDisk; readonly asked: readonly Asked[] }> {
  const disk = new LosingDisk('/folder', losesAt)
  const asked: Asked[] = []
  await untilStill(disk, program(durableFilesOn(disk), `${disk.folder}/${FILE}`, asked))
  return { disk, asked }
}

/** Until the work is done, or the power is lost and everything that can still go on has: what waits for the disk then waits for ever. */
async function untilStill(disk: LosingDisk, work: Promise<unknown>): Promise<void> {
  let isDone = false
  const done = work.finally(() => void (isDone = true))
  done.catch(() => undefined)
  while (!isDone && !disk.hasLostPower) await setImmediate()
  for (let turn = 0; turn < TURNS && !isDone; turn++) await setImmediate()
  if (isDone) await done
}

/** The last result that was answered, or what was being asked then: whole, and nothing else. */
function promised(asked: readonly Asked[], found: string | undefined): string | undefined {
  const last = asked.findLastIndex(({ answered }) => answered)
  const allowed = [last < 0 ? undefined : asked[last]?.result, ...asked.slice(last + 1).map(({ result }) => result)]
  return allowed.includes(found) ? undefined : `found ${found}, where one of ${allowed.join(', ')} was promised`
}

/** The callers: whose identity was handed out keeps it, and a key that was handed out is there; whatever else was lost, the files can be read. */
async function losePowerUnderKeys(
  random: Seeded,
  losses: number,
): Promise<{ readonly points: number; readonly broken: readonly string[] }> {
  const broken: string[] = []
  const whole = await makeKeys(NEVER)
  await rm(whole.disk.folder, { recursive: true })
  let points = 0
  for (let at = 1; at <= whole.disk.calls + 1; at++)
    for (let loss = 0; loss < losses; loss++) {
      points++
      const { disk, handedOut } = await makeKeys(at)
      for (const [path, text] of disk.afterLoss(random)) await writeFile(path, text)
      const problem = await readBack(disk.folder, handedOut)
      if (problem !== undefined) broken.push(`identity and keys, power lost at call ${at}: ${problem}`)
      await rm(disk.folder, { recursive: true })
    }
  return { points, broken }
}

interface HandedOut {
  identity?: string
  readonly keys: string[]
}

async function makeKeys(losesAt: number): Promise<{ readonly disk: LosingDisk; readonly handedOut: HandedOut }> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-power-'))
  await mkdir(folder, { recursive: true })
  const disk = new LosingDisk(folder, losesAt)
  const handedOut: HandedOut = { keys: [] }
  const parts = { folder, durable: durableFilesOn(disk), ids: systemIds() }
  const identity = loadIdentity({ ...parts, region: 'us-east-1' })
  await untilStill(
    disk,
    identity.then(({ accessKeyId }) => void (handedOut.identity = accessKeyId)),
  )
  const keys = await AccessKeys.load(parts)
  const made = Array.from({ length: 3 }, async () => {
    const { accessKeyId } = await keys.create({ account: '111122223333', kind: 'owner', now: 0 })
    handedOut.keys.push(accessKeyId)
  })
  await untilStill(disk, Promise.all(made))
  return { disk, handedOut }
}

async function readBack(folder: string, handedOut: HandedOut): Promise<string | undefined> {
  try {
    const identity = await readIdentity(join(folder, 'identity.json'))
    if (handedOut.identity !== undefined && identity?.accessKeyId !== handedOut.identity) return 'the identity is lost'
    const keys = await AccessKeys.load({
      folder,
      durable: durableFilesOn(new LosingDisk(folder, NEVER)),
      ids: systemIds(),
    })
    const lost = handedOut.keys.filter((id) => keys.find(id) === undefined)
    return lost.length > 0 ? `of ${handedOut.keys.length} keys ${lost.length} are lost` : undefined
  } catch (error) {
    return String(error)
  }
}
