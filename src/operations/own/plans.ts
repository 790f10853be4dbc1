import type { Identity } from '../../identity/identity.ts'
import { AwsError, validationException } from '../../protocol/errors.ts'
import { choice, structure, text } from '../../protocol/shapes/declare.ts'
import { decodeInput } from '../../protocol/validate.ts'
import { problemOf, type PlanLanguages } from '../../plans/plan-language.ts'
import { PLAN_NAME } from '../../plans/plan-name.ts'
import { PLAN_KINDS, PLAN_LENGTH, PlansError, type Plan, type Plans } from '../../plans/plans.ts'
import type { Call } from '../operation.ts'
import type { OwnAnswer } from './own-answer.ts'
import { requireServerOwner } from './require-owner.ts'

export interface PlansContext {
  readonly plans: Plans
  readonly languages: PlanLanguages
  readonly identity: Pick<Identity, 'account'>
}

interface PlanRequest {
  readonly parameters: Readonly<Record<string, string>>
  readonly query: ReadonlyMap<string, string>
  readonly body: object
}

const NEW_PLAN = structure({ kind: choice(PLAN_KINDS), text: text({ min: 1, max: PLAN_LENGTH, pattern: '[\\s\\S]*' }) })
const NAME = new RegExp(`^${PLAN_NAME}$`)

/** `GET /-/plans`: those of the configuration and those that were put, by kind and name. */
export function listPlans({ plans, identity }: PlansContext) {
  return (_request: unknown, call: Call): Promise<OwnAnswer> => {
    requireServerOwner(call, identity, 'ListPlans')
    return Promise.resolve({ status: 200, body: { plans: plans.list() } })
  }
}

/** `PUT /-/plans/NAME` with `{"kind", "text"}`: jobs that are created from now on find it. */
export function putPlan({ plans, languages, identity }: PlansContext) {
  return async ({ parameters, body }: PlanRequest, call: Call): Promise<OwnAnswer> => {
    requireServerOwner(call, identity, 'PutPlan')
    const decoded = decodeInput(NEW_PLAN, body)
    if (decoded.kind !== 'valid') throw validationException(decoded.text)
    const plan: Plan = { name: nameOf(parameters), ...decoded.value }
    const problem = problemOf(languages, plan)
    if (problem) throw validationException(`The plan cannot be read: ${problem.message}`)
    await changed(() => plans.put(plan))
    return { status: 200, body: plan }
  }
}

/** `DELETE /-/plans/NAME?kind=simulate`: jobs that still name it fail. */
export function removePlan({ plans, identity }: PlansContext) {
  return async ({ parameters, query }: PlanRequest, call: Call): Promise<OwnAnswer> => {
    requireServerOwner(call, identity, 'DeletePlan')
    const kind = PLAN_KINDS.find((known) => known === query.get('kind'))
    if (!kind) throw validationException(`Say which: ?kind=${PLAN_KINDS.join(' or ?kind=')}.`)
    const name = nameOf(parameters)
    const isRemoved = await changed(() => plans.remove({ kind, name }))
    if (!isRemoved) throw new AwsError('NoSuchEntity', `There is no plan ${name} of this kind.`, { status: 404 })
    return { status: 200, body: { kind, name } }
  }
}

function nameOf(parameters: Readonly<Record<string, string>>): string {
  const name = parameters['name'] ?? ''
  if (NAME.test(name)) return name
  throw validationException("A plan's name is 1 to 63 letters, digits and hyphens, and begins with no hyphen.")
}

async function changed<Result>(change: () => Promise<Result>): Promise<Result> {
  try {
    return await change()
  } catch (error) {
    if (error instanceof PlansError) throw validationException(error.message)
    throw error
  }
}
