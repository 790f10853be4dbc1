import { load } from './load.ts'
import { median, medianRatio, pairs, quantile } from './row.ts'
import type { ServerProcess } from './servers.ts'

export interface Rates {
  /** Ours beside theirs in requests a second. */
  readonly ratio: number
  /** The same in requests that one second of processor time pays for. */
  readonly cpuRatio: number
  readonly ours: string
  readonly theirs: string
}

export interface RatePlan {
  readonly pairs: number
  /** Before those; 1 where absent. V8 compiles what a server does until it has answered 15,000 to 25,000 requests, each of which costs half as much then. */
  readonly warmUpPairs?: number
  readonly connections: number
  readonly ours: ServerProcess
  readonly theirs: ServerProcess
  /** The requests of one round, made anew for each. */
  requests(server: ServerProcess): readonly Buffer[]
}

/** The pace of two servers at the same requests, in turn. @throws Error unless every answer of ours is 200 */
export async function compareRates(plan: RatePlan): Promise<Rates> {
  const { ours, theirs } = await pairs(
    plan.pairs,
    () => rate(plan.ours, plan),
    () => rate(plan.theirs, plan),
    plan.warmUpPairs,
  )
  const pace = { ours: ours.map(({ perSecond }) => perSecond), theirs: theirs.map(({ perSecond }) => perSecond) }
  const cpu = { ours: ours.map(({ cpu: used }) => used), theirs: theirs.map(({ cpu: used }) => used) }
  return {
    ratio: medianRatio(pace.ours, pace.theirs),
    cpuRatio: medianRatio(cpu.theirs, cpu.ours),
    ours: figures(pace.ours, cpu.ours, `, p99 ${median(ours.map(({ p99 }) => p99)).toFixed(1)} ms`),
    theirs: figures(pace.theirs, cpu.theirs),
  }
}

function figures(perSecond: readonly number[], cpu: readonly number[], more = ''): string {
  return `${median(perSecond).toFixed(0)}/s, ${median(cpu).toFixed(0)} µs of processor${more}`
}

async function rate(server: ServerProcess, { requests, connections }: RatePlan) {
  const batch = requests(server)
  const before = server.cpu()
  const { total, latencies, statuses } = await load(server.port, batch, connections)
  if (statuses['200'] !== batch.length) throw new Error(`not all were answered: ${JSON.stringify(statuses)}`)
  return {
    perSecond: (batch.length / total) * 1000,
    cpu: (server.cpu() - before) / batch.length,
    p99: quantile(latencies, 0.99),
  }
}
