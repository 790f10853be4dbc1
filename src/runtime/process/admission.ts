import { existsSync, realpathSync } from 'node:fs'
import type { SandboxPlan } from '../../agent/messages.ts'
import { isWithin } from '../../agent/sandbox/box.ts'
import { parseSubnet } from '../../util/subnet.ts'
import type { Admission, AdmissionRequest, NetworkKind } from '../runtime.ts'
import type { ChosenPlan } from './choose-plan.ts'
import type { NetworkReport } from './probe-network.ts'
import { PythonProbe, type PythonPlaces } from './python-access.ts'

const ADMITTED = { admitted: true } as const satisfies Admission

/** Says of a job, before it exists, whether it can run here. Whether its command exists is not asked: a container would end with 127 as well (behaviour 3.1). */
export class Admissions {
  readonly #plan: SandboxPlan
  readonly #networks: NetworkReport
  readonly #dataFolder: string
  readonly #pythons: PythonProbe
  readonly #hidden = new WeakMap<PythonPlaces, { readonly path: string | undefined }>()

  constructor({ plan, networks }: Pick<ChosenPlan, 'plan' | 'networks'>, dataFolder: string) {
    this.#plan = plan
    this.#networks = networks
    this.#dataFolder = realpathSync(dataFolder)
    this.#pythons = new PythonProbe(plan.jobUser)
  }

  async admit({ command, environment, hosts, network }: AdmissionRequest): Promise<Admission> {
    const noNetwork = network === 'machine' ? undefined : this.#noNetwork(hosts, network)
    if (noNetwork !== undefined) return refused(noNetwork)
    if (this.#plan.isolation === 'base-dir' && command?.some((part) => part.includes('/opt/ml')))
      return refused(NO_OPT_ML)
    const access = await this.#pythons.access(environment.python)
    if (!access.usable) return refused(`The environment ${environment.name} cannot be used: ${access.reason}.`)
    const hidden = this.#hiddenPath(environment.python, access.python)
    if (hidden !== undefined) {
      return refused(
        `The environment ${environment.name} cannot be used: ${hidden} lies in this server's data folder, which jobs do not see. Move one of them.`,
      )
    }
    return ADMITTED
  }

  /** @returns why such a job cannot have its own network */
  #noNetwork(hosts: number, network: NetworkKind): string | undefined {
    const { own } = this.#networks
    if (own.available) {
      const capacity = networkCapacity(this.#plan)
      if (hosts <= capacity) return undefined
      return `A job of ${hosts} instances does not fit into ${this.#plan.network?.subnet}, which has addresses for ${capacity}: set process.network to a wider one, such as 10.0.0.0/20.`
    }
    const wanted = network === 'isolated' ? 'Network isolation needs' : 'Several instances need'
    return (
      `${wanted} a network of the job's own, which this server cannot give its jobs: ${own.reason}. ` +
      'It takes iproute2, util-linux, and bubblewrap or the right to make user and network namespaces; `trainyard doctor` says what is missing.'
    )
  }

  /** Looked for once for each python, which is another when its file is. @returns undefined where jobs see all of it */
  #hiddenPath(python: string, places: PythonPlaces): string | undefined {
    let known = this.#hidden.get(places)
    if (!known) {
      known = { path: [python, ...places.prefixes].find((path) => this.#isHidden(path)) }
      this.#hidden.set(places, known)
    }
    return known.path
  }

  #isHidden(path: string): boolean {
    return isWithin(existsSync(path) ? realpathSync.native(path) : path, this.#dataFolder)
  }
}

/** How many instances one job can have. */
export function networkCapacity({ network }: SandboxPlan): number {
  return network ? (parseSubnet(network.subnet)?.capacity ?? 1) : 1
}

const NO_OPT_ML =
  'The command names /opt/ml, which this server cannot give its jobs: install bubblewrap, or allow user namespaces, or run ' +
  '`sudo trainyard setup` once; or let the program find its folders by SAGEMAKER_BASE_DIR.'

function refused(reason: string): Admission {
  return { admitted: false, reason }
}
