import { PlanError } from '../../plans/plan-error.ts'
import { PLAN_NAME } from '../../plans/plan-name.ts'
import { parseSimulation } from './parse-simulation.ts'
import type { SimulationScript } from './simulation.ts'

/** The entry of a job's `Environment` that says how it is played. */
export const SIMULATE = 'TRAINYARD_SIMULATE'

/** A script that cannot be had; the message is for whoever made the job. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError'
}

/**
 * @param variables the job's environment
 * @param plan the text of a plan that the server keeps
 * @param hosts of the job
 * @returns an empty script where the job has none: the default profile
 * @throws SimulationError
 */
export function readSimulation(
  variables: Readonly<Record<string, string>>,
  plan: (name: string) => string | undefined,
  hosts: readonly string[],
): SimulationScript {
  const text = variables[SIMULATE]
  if (text === undefined) return { rules: [] }
  const name = NAMED.exec(text)?.[1]
  const script = name === undefined ? text : plan(name)
  if (script === undefined)
    throw new SimulationError(
      `${SIMULATE} names the plan ${name}, which this server does not keep (PUT /-/plans/${name}).`,
    )
  try {
    return parseSimulation(script, hosts)
  } catch (error) {
    if (!(error instanceof PlanError)) throw error
    const what = name === undefined ? SIMULATE : `The plan ${name}, which ${SIMULATE} names,`
    throw new SimulationError(`${what} cannot be read: ${error.message}`, { cause: error })
  }
}

const NAMED = new RegExp(`^\\s*@(${PLAN_NAME})\\s*$`)

/** `algo-1` … */
export function hostNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_none, index) => `algo-${index + 1}`)
}
