import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { durableFilesOn } from '../../src/durable/durable-files.ts'
import { Seeded } from '../support/seeded.ts'
import { LosingDisk, restoreSurvivors } from './losing-disk.ts'
import { SMALL_CASES, type Asked, type PowerCase } from './power-cases.ts'
import { backupCases, makeSource, STORE_CASES } from './power-stores.ts'
import { textOf, type TableRow } from './table.ts'

/** More calls than anything makes: then the power stays until it is done. */
const NEVER = Number.MAX_SAFE_INTEGER
/** What a disk has kept does not depend on a real one, and memory is fast. */
const MEMORY = '/dev/shm'

/**
 * Takes the power away before every call of the operating system that `durable-files` makes for whoever writes files of ours, with several choices of what the disk had
 * kept of what was not synced, and compares what is found with what was promised.
 *
 * @param losses how many choices
 */
export async function runPowerLoss(options: { readonly losses: number; readonly seed: number }): Promise<TableRow[]> {
  const random = new Seeded(options.seed)
  const root = await mkdtemp(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'trainyard-power-'))
  try {
    const cases = [...SMALL_CASES, ...STORE_CASES, ...backupCases(await makeSource(root))]
    const broken: string[] = []
    let points = 0
    for (const one of cases) {
      const { disk } = await cutAt(one, root, NEVER)
      for (let at = 1; at <= disk.calls + 1; at++) {
        points += options.losses
        for (const problem of await lose(one, { root, at, random, losses: options.losses }))
          broken.push(`${one.name}, power lost at call ${at}: ${problem}`)
      }
    }
    return [{ part: 'power lost', points, scenarios: cases.length, broken }]
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

interface Loss {
  readonly root: string
  readonly at: number
  readonly random: Seeded
  readonly losses: number
}

async function lose(one: PowerCase, { root, at, random, losses }: Loss): Promise<string[]> {
  const { disk, asked } = await cutAt(one, root, at)
  const problems: string[] = []
  for (let loss = 0; loss < losses; loss++) {
    const folder = await mkdtemp(join(root, 'found-'))
    restoreSurvivors(disk.afterLoss(random), folder)
    const problem = await one.check(folder, asked).catch(textOf)
    if (problem !== undefined) problems.push(problem)
    await rm(folder, { recursive: true })
  }
  return problems
}

/** Does what the case does until the power goes, or it is done: then the power goes after it. */
async function cutAt(
  one: PowerCase,
  root: string,
  at: number,
): Promise<{ readonly disk: LosingDisk; readonly asked: readonly Asked[] }> {
  const folder = await mkdtemp(join(root, 'work-'))
  await one.prepare?.(folder)
  const disk = new LosingDisk(folder, at, one.isSafe)
  const asked: Asked[] = []
  let atLoss: readonly Asked[] = []
  disk.onLost = () => void (atLoss = asked.map((entry) => ({ ...entry })))
  const resources: { close(): unknown }[] = []
  const ask = async <Answer>(result: string | undefined, work: Promise<Answer>): Promise<Answer> => {
    const entry: Asked = { result, answered: false }
    asked.push(entry)
    const answer = await work
    entry.answered = true
    return answer
  }
  const opened = (resource: { close(): unknown }) => void resources.push(resource)
  await one.run({ folder, durable: durableFilesOn(disk), asked, ask, opened }).catch((error: unknown) => {
    if (!disk.isLost) throw error
  })
  disk.cut()
  for (const resource of resources.toReversed()) await resource.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  return { disk, asked: atLoss }
}
