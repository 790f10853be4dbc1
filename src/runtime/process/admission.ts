import { existsSync, realpathSync } from 'node:fs'
import type { SandboxPlan } from '../../agent/messages.ts'
import { isWithin } from '../../agent/sandbox/box.ts'
import type { Admission, AdmissionRequest } from '../runtime.ts'
import { PythonProbe } from './python-access.ts'

const ADMITTED = { admitted: true } as const satisfies Admission

/** Says of a job, before it exists, whether it can run here. Whether its command exists is not asked: a container would end with 127 as well (behaviour 3.1). */
export class Admissions {
  readonly #plan: SandboxPlan
  readonly #dataFolder: string
  readonly #pythons: PythonProbe

  constructor(plan: SandboxPlan, dataFolder: string) {
    this.#plan = plan
    this.#dataFolder = realpathSync(dataFolder)
    this.#pythons = new PythonProbe(plan.jobUser)
  }

  async admit({ command, environment }: AdmissionRequest): Promise<Admission> {
    if (this.#plan.isolation === 'base-dir' && command?.some((part) => part.includes('/opt/ml')))
      return refused(NO_OPT_ML)
    const access = await this.#pythons.access(environment.python)
    if (!access.usable) return refused(`The environment ${environment.name} cannot be used: ${access.reason}.`)
    const hidden = [environment.python, ...access.python.prefixes].find((path) => this.#isHidden(path))
    if (hidden !== undefined) {
      return refused(
        `The environment ${environment.name} cannot be used: ${hidden} lies in this server's data folder, which jobs do not see. Move one of them.`,
      )
    }
    return ADMITTED
  }

  #isHidden(path: string): boolean {
    return isWithin(existsSync(path) ? realpathSync(path) : path, this.#dataFolder)
  }
}

const NO_OPT_ML =
  'The command names /opt/ml, which this server cannot give its jobs: install bubblewrap, or allow user namespaces, or run ' +
  '`sudo trainyard setup` once; or let the program find its folders by SAGEMAKER_BASE_DIR.'

function refused(reason: string): Admission {
  return { admitted: false, reason }
}
