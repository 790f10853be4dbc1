import { parseArgs } from 'node:util'
import { simulate, type SimulationTotals } from '../test/simulation/simulate.ts'

/**
 * `npm run simulate -- --jobs 1000000 --seed 1`: so many jobs through the real scheduler, supervisors and store, under virtual time. The stores are files whose commits
 * do not wait for the disk: durability is what `npm run crash` proves, not this.
 */
const { values } = parseArgs({
  options: { jobs: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
})
const jobs = Number(values.jobs)
const seed = Number(values.seed)
if (!Number.isInteger(jobs) || jobs < 1 || !Number.isInteger(seed))
  throw new RangeError('--jobs and --seed are whole numbers')

const totals = await simulate({ jobs, seed })
process.stdout.write(`${lines(totals).join('\n')}\n`)
if (totals.yards.some(({ broken }) => broken.length > 0)) process.exitCode = 1

function lines({ yards, took, memory }: SimulationTotals): string[] {
  const endings = new Map<string, number>()
  for (const { endings: some } of yards)
    for (const [ending, count] of Object.entries(some)) endings.set(ending, (endings.get(ending) ?? 0) + count)
  const broken = yards.flatMap((yard) => yard.broken)
  return [
    `${jobs} jobs in ${(took / 1000).toFixed(1)} s on ${yards.length} processors: ${Math.round((jobs / took) * 1000)} a second, at most ${Math.round(memory / 2 ** 20)} MiB`,
    `${Math.max(...yards.map(({ hours }) => hours)).toFixed(1)} hours of job time, seed ${seed}`,
    ...yards.map(cost),
    '',
    '| job that | ended as | jobs |',
    '|---|---|---|',
    ...Array.from(endings, ([ending, count]) => `| ${ending.replace(': ', ' | ')} | ${count} |`).sort(),
    '',
    `Transitions that were taken: ${new Set(yards.flatMap(({ edges }) => edges)).size}`,
    broken.length === 0 ? 'Every invariant holds on every history.' : `BROKEN:\n${broken.join('\n')}`,
  ]
}

/** Of one yard: what a job costs in all, and what one of the first ten thousand did. */
function cost({ took, firstTook, firstJobs, endings }: SimulationTotals['yards'][number]): string {
  const ended = Object.values(endings).reduce((sum, count) => sum + count, 0)
  const [all, first] = [(took / ended) * 1000, (firstTook / firstJobs) * 1000]
  return `a job costs ${Math.round(all)} µs of one processor, ${Math.round(first)} µs among the first ${firstJobs}: ${(all / first).toFixed(2)} times`
}
