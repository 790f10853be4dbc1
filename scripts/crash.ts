import { parseArgs } from 'node:util'
import { runInProcess } from '../test/crash/in-process.ts'
import { runKills } from '../test/crash/kills.ts'
import { runMessageLoss } from '../test/crash/message-loss.ts'
import { runPowerLoss } from '../test/crash/power-loss.ts'
import { joined, tableOf, textOf, type TableRow } from '../test/crash/table.ts'

/** More than the kinds of jobs have together. */
const EVERY_POINT = 6000
const MESSAGES_A_KILL = 2.5

/**
 * `npm run crash`: proves what `docs/crash-consistency.md` promises, and prints its table. `--points N` drops of a server in this process, at every point of every
 * kind of job where there are no more, and the other parts in proportion; `--kills N` real processes killed (100), and messages lost in proportion; `--seed N` chooses
 * the moments; `--minutes N` goes on with the next seed until so many are over. Exits with 1 when an invariant is broken.
 */
const text = { type: 'string' } as const
const { values } = parseArgs({ options: { points: text, kills: text, seed: text, minutes: text } })
const points = wholeNumber('points') ?? EVERY_POINT
const kills = wholeNumber('kills') ?? 100
const minutes = wholeNumber('minutes') ?? 0
const firstSeed = wholeNumber('seed') ?? 1
const began = performance.now()
let seed = firstSeed
let rows: readonly TableRow[] = []
do {
  rows = joined(rows, await round(seed++))
} while (performance.now() - began < minutes * 60_000)
const seeds = seed - 1 > firstSeed ? `seeds ${firstSeed} to ${seed - 1}` : `seed ${firstSeed}`
process.stdout.write(`\n${tableOf(rows)}\n\n${seeds}, ${Math.round((performance.now() - began) / 1000)} s\n`)
process.exitCode = rows.some(({ broken }) => broken.length > 0) ? 1 : 0

async function round(seed: number): Promise<TableRow[]> {
  const eighth = Math.ceil(points / 8)
  const counts = { dropped: points, 'dropped twice': eighth, 'disk full': 4 * eighth, 'clock stepped': eighth }
  const losses = Math.ceil(points / 200)
  const messages = Math.ceil(kills * MESSAGES_A_KILL)
  // Real processes wait most of the time.
  const parts = [
    lasting('in this process', runInProcess({ counts, seed })),
    lasting('power lost', runPowerLoss({ losses, seed })),
    lasting('message lost', runMessageLoss({ losses: messages, seed })),
    lasting('SIGKILL', runKills({ kills, seed })),
  ]
  return (await Promise.all(parts.map(async (part) => told(await part)))).flat()
}

/** A part that fails as a whole is a broken line of the table, and the others go on. */
async function lasting(part: string, rows: Promise<TableRow[]>): Promise<TableRow[]> {
  return rows.catch((error: unknown) => [{ part, points: 0, scenarios: 0, broken: [`${part}: ${textOf(error)}`] }])
}

/** What is broken is said at once. */
function told(found: TableRow[]): TableRow[] {
  for (const problem of found.flatMap(({ broken }) => broken)) process.stdout.write(`BROKEN ${problem}\n`)
  return found
}

function wholeNumber(name: keyof typeof values): number | undefined {
  const given = values[name]
  if (given === undefined) return undefined
  return /^\d{1,9}$/.test(given) && Number(given) > 0 ? Number(given) : refuse(`--${name}`, given)
}

function refuse(flag: string, given: string): never {
  process.stderr.write(`${flag} takes a whole number above 0, and got ${given}\n`)
  process.exit(2)
}
