import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { agentEnded, removeDataFolder } from '../support/remove-data-folder.ts'
import type { BrokenJob } from './check-killed.ts'
import { CONFIGURATION, kindsHere } from './kill-jobs.ts'
import { KillYard, VICTIMS } from './kill-yard.ts'
import { leftBehind } from './left-behind.ts'
import { textOf, type TableRow } from './table.ts'

/** After so many kills in a row that could not be made there is nothing more to learn. */
const MOST_FAILURES = 3

/**
 * Kills real servers, agents, waiters and whole instances with SIGKILL while real jobs run, at moments that the seed chooses, and checks every job at the end.
 *
 * @param options.kills how many
 * @param options.configuration of the servers
 * @returns a row for each kind of victim; a kill that could not be made, and an end that did not come, is broken too
 */
export async function runKills(options: {
  readonly kills: number
  readonly seed: number
  readonly configuration?: string
}): Promise<TableRow[]> {
  const data = await mkdtemp(join(tmpdir(), 'trainyard-kills-'))
  await writeFile(join(data, 'trainyard.yaml'), options.configuration ?? CONFIGURATION)
  const kinds = await kindsHere()
  const yard = new KillYard(data, kinds, options.seed)
  const broken = await allKills(yard, options.kills)
  try {
    broken.push(...(await yard.finish()))
  } catch (error) {
    broken.push({ job: 'after all kills', problem: textOf(error) })
  }
  await yard.abandon()
  const left = await agentEnded(data).then(
    () => leftBehind(data),
    (error: unknown) => [textOf(error)],
  )
  left.push(
    ...(await removeDataFolder(data).then(
      () => [],
      (error: unknown) => [textOf(error)],
    )),
  )
  return rowsOf(yard, kinds.length, [...broken, ...left.map((problem) => ({ job: 'after all kills', problem }))])
}

async function allKills(yard: KillYard, kills: number): Promise<BrokenJob[]> {
  const broken: BrokenJob[] = []
  let failures = 0
  for (let number = 0; number < kills && failures < MOST_FAILURES; number++)
    try {
      await yard.kill(number)
      failures = 0
    } catch (error) {
      failures++
      broken.push({ job: `kill ${number}`, problem: textOf(error) })
      await yard.abandon()
    }
  return broken
}

/** What is broken is nobody's in particular: it stands in the first row. */
function rowsOf({ killed }: KillYard, scenarios: number, broken: readonly BrokenJob[]): TableRow[] {
  return VICTIMS.map((victim, index) => ({
    part: `SIGKILL: ${victim}`,
    points: killed.filter((one) => one === victim).length,
    scenarios,
    broken: index === 0 ? broken.map(({ job, problem }) => `${job}: ${problem}`) : [],
  }))
}
