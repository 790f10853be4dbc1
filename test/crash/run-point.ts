import { checkWorld } from './check-world.ts'
import { Points, type Fault } from './life.ts'
import { playScenario } from './play-scenario.ts'
import type { Scenario } from './scenario.ts'
import { textOf } from './table.ts'
import { World } from './world.ts'

/** What came of one run of a scenario with one fault. */
export interface PointResult {
  readonly scenario: string
  readonly fault: Fault
  /** What lies at the points of the fault. */
  readonly where: string
  /** Points that were passed in all. */
  readonly passed: number
  /** Numbers of those before a call that writes to the disk. */
  readonly writes: readonly number[]
  /** How often the server was dropped. */
  readonly deaths: number
  /** Milliseconds of job time until the last job was over. */
  readonly elapsed: number
  readonly broken: readonly string[]
}

/** Plays a scenario in a new world with a fault in it, and checks what became of it. */
export async function runPoint(scenario: Scenario, fault: Fault): Promise<PointResult> {
  const points = new Points(fault)
  await using world = new World(points)
  const { broken, elapsed } = await attempt(world, scenario)
  return {
    scenario: scenario.name,
    fault,
    where: whereOf(points),
    passed: points.passed,
    writes: points.writes,
    deaths: world.deaths,
    elapsed,
    broken,
  }
}

async function attempt(
  world: World,
  scenario: Scenario,
): Promise<{ readonly broken: string[]; readonly elapsed: number }> {
  try {
    const played = await playScenario(world, scenario)
    return { broken: await checkWorld(world, scenario, played), elapsed: played.elapsed }
  } catch (error) {
    return { broken: [textOf(error)], elapsed: 0 }
  }
}

function whereOf(points: Points): string {
  const { fault } = points
  if (fault.kind === 'none') return ''
  const numbers = fault.kind === 'drop' ? fault.at : [fault.at]
  return numbers.map((number) => `${number} (${points.name(number)})`).join(' and ')
}
