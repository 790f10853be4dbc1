import type { Config } from './config/config.ts'
import { DataFolderError } from './data-folder/data-folder-error.ts'
import type { DataFolder } from './data-folder/data-folder.ts'
import type { DurableFiles } from './durable/durable-files.ts'
import { problemOf, type PlanLanguages } from './plans/plan-language.ts'
import { Plans } from './plans/plans.ts'
import { parseRehearsal } from './rehearsal/parse-rehearsal.ts'
import { parseSimulation } from './runtime/simulated/parse-simulation.ts'

/** What the texts of plans are read by. */
export const PLAN_LANGUAGES: PlanLanguages = { simulate: parseSimulation, rehearse: (text) => parseRehearsal(text) }

/** Those of the configuration, and those that were put. @throws DataFolderError for one of the configuration that cannot be read */
export async function loadPlans({ paths }: DataFolder, config: Config, durable: DurableFiles): Promise<Plans> {
  const configured = Object.entries(config.plans).map(([name, plan]) => ({ name, ...plan }))
  for (const plan of configured) {
    const problem = problemOf(PLAN_LANGUAGES, plan)
    if (problem)
      throw new DataFolderError('BadConfiguration', `${paths.configuration}: the plan ${plan.name}: ${problem.message}`)
  }
  return Plans.load({ folder: paths.root, durable, configured })
}
