import { PLAN_NAME } from '../plans/plan-name.ts'
import { PlanError } from '../plans/plan-error.ts'
import type { Plans } from '../plans/plans.ts'
import { validationException } from '../protocol/errors.ts'
import { hostCount } from '../supervisor/cluster.ts'
import type { JobRequest } from '../supervisor/job-request.ts'
import { parseRehearsal } from './parse-rehearsal.ts'
import { REHEARSE } from './rehearsal.ts'

/** What decides whether a job may be rehearsed, and by which plan. */
export interface RehearsalAdmission {
  readonly allowed: boolean
  readonly plans: Pick<Plans, 'find'>
  /** Path of `trainyard.yaml`, for the error that says how to allow them. */
  readonly configurationFile: string
}

const NAMED = new RegExp(`^@(${PLAN_NAME})$`)

/**
 * The text of the plan that a job is rehearsed by: as it is now, whatever becomes of a plan that is only named.
 *
 * @returns undefined for a job that asks for none
 * @throws AwsError ValidationException, which points at the character that is wrong
 */
export function rehearsalOfRequest(request: JobRequest, admission: RehearsalAdmission): string | undefined {
  const value = request.Environment?.[REHEARSE]
  if (value === undefined) return undefined
  if (!admission.allowed) {
    throw validationException(
      `${REHEARSE} in Environment breaks the job on purpose, which this server does not allow: start it with --allow-rehearsals, or with the lines ` +
        `  rehearsals:  and    allow: true  in ${admission.configurationFile}.`,
    )
  }
  const text = value.trim().startsWith('@') ? named(value.trim(), admission) : value
  try {
    parseRehearsal(text, hostCount(request))
    return text
  } catch (error) {
    if (!(error instanceof PlanError)) throw error
    throw validationException(`${REHEARSE} in Environment cannot be read: ${error.message}`)
  }
}

function named(value: string, { plans }: RehearsalAdmission): string {
  const [, name] = NAMED.exec(value) ?? []
  const plan = name === undefined ? undefined : plans.find('rehearse', name)
  if (plan) return plan.text
  throw validationException(
    `${REHEARSE} in Environment names a plan that this server does not keep: ${value}. GET /-/plans lists those that it does.`,
  )
}
