import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { printTable, type Row } from './support/row.ts'
import { builtPackage } from './support/servers.ts'

/** `npm run bench`: every bench in a process of its own, and one table of all (less than ten minutes). Names of benches as arguments run only those. */
const ALL = ['create', 'describe', 'list', 'jobs', 'logs', 'api-beside-logs', 'start', 'memory', 's3', 'moto'] as const

const given = process.argv.slice(2)
process.env['TRAINYARD_BENCH_PROGRAM'] = await builtPackage()
const rows: Row[] = []
for (const name of given.length > 0 ? given : ALL) {
  const start = performance.now()
  rows.push(...(await rowsOf(name)))
  console.error(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`)
}
printTable(rows)

/** A bench that fails is told, and the others go on. */
async function rowsOf(name: string): Promise<readonly Row[]> {
  const child = fork(join(import.meta.dirname, `${name}.ts`))
  let measured: readonly Row[] = []
  child.on('message', (rows) => (measured = rows as readonly Row[]))
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code === 0) return measured
  process.exitCode = 1
  console.error(`${name} ended with ${code}`)
  return measured
}
