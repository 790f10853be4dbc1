import { parseArgs } from 'node:util'
import { runInProcess } from '../test/crash/in-process.ts'
import { runKills } from '../test/crash/kills.ts'
import { runPowerLoss } from '../test/crash/power-loss.ts'
import { tableOf } from '../test/crash/table.ts'

/**
 * `npm run crash`: proves what `docs/crash-consistency.md` promises, and prints its table. `--points N` drops of a server in this process (2,000), the other parts
 * in proportion; `--kills N` real processes killed (100); `--seed N` chooses the moments. Exits with 1 when an invariant is broken.
 */
const { values } = parseArgs({
  options: { points: { type: 'string' }, kills: { type: 'string' }, seed: { type: 'string' } },
})
const points = wholeNumber('points', values.points) ?? 2000
const kills = wholeNumber('kills', values.kills) ?? 100
const seed = wholeNumber('seed', values.seed) ?? 1
const counts = {
  dropped: points,
  'dropped twice': Math.ceil(points / 8),
  'disk full': Math.ceil(points / 8),
  'clock stepped': Math.ceil(points / 8),
}
const began = performance.now()
const rows = [
  ...(await runInProcess({ counts, seed })),
  ...(await runPowerLoss({ losses: Math.ceil(points / 200), seed })),
  ...(await runKills({ kills, seed })),
]
const broken = rows.flatMap((row) => row.broken)
for (const problem of broken) process.stdout.write(`BROKEN ${problem}\n`)
const seconds = Math.round((performance.now() - began) / 1000)
process.stdout.write(`\n${tableOf(rows)}\n\nseed ${seed}, ${seconds} s\n`)
process.exitCode = broken.length > 0 ? 1 : 0

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0) {
    process.stderr.write(`--${name} takes a whole number above 0, and got ${text}\n`)
    process.exit(2)
  }
  return Number(text)
}
