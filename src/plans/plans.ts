import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DurableFiles } from '../durable/durable-files.ts'
import { isMissing } from '../util/error-code.ts'

/** What a plan is of: what the simulated runtime plays, or what is broken on purpose. */
export const PLAN_KINDS = ['simulate', 'rehearse'] as const
export type PlanKind = (typeof PLAN_KINDS)[number]

/** A text that jobs name by `@NAME` in their environment. Each kind has names of its own. */
export interface Plan {
  readonly kind: PlanKind
  readonly name: string
  /** In the language of its kind. */
  readonly text: string
}

/** Characters of one text; a value of an `Environment` has 512 at most, which is why plans have names. */
export const PLAN_LENGTH = 16_384

/** The file is written whole at each change. */
const MOST_PLANS = 1000

interface PlansFile {
  readonly version: 1
  readonly plans: readonly Plan[]
}

export class PlansError extends Error {
  override readonly name = 'PlansError'
  readonly code: 'PlansUnreadable' | 'TooManyPlans' | 'PlanConfigured'

  constructor(code: PlansError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The plans of the configuration, which stay as they are, and those that were put since, in `plans.json`. */
export class Plans {
  readonly #path: string
  readonly #durable: DurableFiles
  readonly #configured: ReadonlyMap<string, Plan>
  #put: ReadonlyMap<string, Plan>
  /** Changes one after another: each is made from what the one before it has left. */
  #changes: Promise<unknown> = Promise.resolve()

  private constructor(path: string, durable: DurableFiles, plans: Record<'configured' | 'put', readonly Plan[]>) {
    this.#path = path
    this.#durable = durable
    this.#configured = byKey(plans.configured)
    this.#put = byKey(plans.put)
  }

  /** @throws PlansError PlansUnreadable for a file that is not what we wrote: nobody's plan is dropped in silence */
  static async load({
    folder,
    durable,
    configured,
  }: {
    readonly folder: string
    readonly durable: DurableFiles
    readonly configured: readonly Plan[]
  }): Promise<Plans> {
    const path = join(folder, 'plans.json')
    return new Plans(path, durable, { configured, put: await readPlans(path) })
  }

  find(kind: PlanKind, name: string): Plan | undefined {
    const key = keyOf({ kind, name })
    return this.#configured.get(key) ?? this.#put.get(key)
  }

  /** By kind and name. */
  list(): readonly (Plan & { readonly configured: boolean })[] {
    const all = new Map<string, Plan & { readonly configured: boolean }>()
    for (const [key, plan] of this.#put) all.set(key, { ...plan, configured: false })
    for (const [key, plan] of this.#configured) all.set(key, { ...plan, configured: true })
    return Array.from(all)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, plan]) => plan)
  }

  /** Takes the place of the one of that kind and name. @throws PlansError, DurableFileError: then nothing has changed */
  put(plan: Plan): Promise<void> {
    return this.#change(async () => {
      this.#refuseConfigured(plan)
      const next = new Map(this.#put).set(keyOf(plan), plan)
      if (next.size > MOST_PLANS)
        throw new PlansError(
          'TooManyPlans',
          `This server keeps ${MOST_PLANS} plans, and takes no more. Remove some first.`,
        )
      await this.#save(next)
    })
  }

  /** @returns false where there is none @throws PlansError, DurableFileError: then nothing has changed */
  remove(plan: Pick<Plan, 'kind' | 'name'>): Promise<boolean> {
    return this.#change(async () => {
      this.#refuseConfigured(plan)
      const next = new Map(this.#put)
      if (!next.delete(keyOf(plan))) return false
      await this.#save(next)
      return true
    })
  }

  #refuseConfigured(plan: Pick<Plan, 'kind' | 'name'>): void {
    if (!this.#configured.has(keyOf(plan))) return
    throw new PlansError(
      'PlanConfigured',
      `The plan ${plan.name} stands in the configuration of this server: change it there and start the server again.`,
    )
  }

  #change<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = this.#changes.then(change)
    this.#changes = result.catch(() => undefined)
    return result
  }

  async #save(plans: ReadonlyMap<string, Plan>): Promise<void> {
    const file: PlansFile = { version: 1, plans: [...plans.values()] }
    await this.#durable.write(this.#path, `${JSON.stringify(file, undefined, 2)}\n`, { mode: 0o600 })
    this.#put = plans
  }
}

function keyOf({ kind, name }: Pick<Plan, 'kind' | 'name'>): string {
  return `${kind} ${name}`
}

function byKey(plans: readonly Plan[]): ReadonlyMap<string, Plan> {
  return new Map(plans.map((plan) => [keyOf(plan), plan]))
}

async function readPlans(path: string): Promise<readonly Plan[]> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (isPlansFile(value)) return value.plans
  } catch (error) {
    if (isMissing(error)) return []
    if (!(error instanceof SyntaxError))
      throw new PlansError('PlansUnreadable', `${path} cannot be read`, { cause: error })
  }
  throw new PlansError(
    'PlansUnreadable',
    `${path} is not a list of plans of Trainyard; restore it from a backup, or move it away to have none`,
  )
}

function isPlansFile(value: unknown): value is PlansFile {
  if (typeof value !== 'object' || value === null || !('version' in value) || value.version !== 1) return false
  return 'plans' in value && Array.isArray(value.plans) && value.plans.every(isPlan)
}

function isPlan(value: unknown): value is Plan {
  if (typeof value !== 'object' || value === null) return false
  const { kind, name, text } = value as Partial<Record<keyof Plan, unknown>>
  return PLAN_KINDS.some((known) => known === kind) && typeof name === 'string' && typeof text === 'string'
}
