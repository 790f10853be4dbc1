import type { OwnRoutes } from './http/own-routes.ts'
import { PLAN_LANGUAGES } from './load-plans.ts'
import {
  advanceClock,
  interruptJob,
  runUntilIdle,
  showClock,
  type ClockContext,
  type InterruptContext,
} from './operations/own/clock.ts'
import { listPlans, putPlan, removePlan, type PlansContext } from './operations/own/plans.ts'
import type { Supervisors } from './supervisor/supervisors.ts'

/** Routes by which tests keep plans, move a server's time and take places of simulated jobs away. */
export function controlRoutes(
  context: ClockContext & Pick<InterruptContext, 'store'> & Pick<PlansContext, 'plans'>,
  supervisors: Supervisors,
  isSimulated: boolean,
): OwnRoutes {
  const plans = { ...context, languages: PLAN_LANGUAGES }
  return {
    'GET /-/plans': listPlans(plans),
    'PUT /-/plans/:name': putPlan(plans),
    'DELETE /-/plans/:name': removePlan(plans),
    'GET /-/clock': showClock(context),
    'POST /-/clock/advance': advanceClock(context),
    'POST /-/clock/run-until-idle': runUntilIdle(context),
    'POST /-/jobs/:name/interrupt': interruptJob({ store: context.store, ...(isSimulated ? { supervisors } : {}) }),
  }
}
