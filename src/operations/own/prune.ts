import type { Identity } from '../../identity/identity.ts'
import { AwsError } from '../../protocol/errors.ts'
import { flag, long, optional, structure } from '../../protocol/shapes/declare.ts'
import { decodeInput } from '../../protocol/validate.ts'
import type { Retention } from '../../retention/retention.ts'
import type { Call } from '../operation.ts'
import type { OwnAnswer } from './own-answer.ts'
import { requireServerOwner } from './require-owner.ts'

export interface PruneRouteContext {
  readonly retention: Pick<Retention, 'ages' | 'prune'>
  readonly identity: Pick<Identity, 'account'>
}

const AGE = optional(long({ min: 0 }))
const PRUNE = structure({
  dryRun: optional(flag()),
  /** Milliseconds, in the place of all that are configured. */
  ages: optional(structure({ logs: AGE, journal: AGE, jobs: AGE })),
})

/** `POST /-/prune`: removes what is past its time, or only says what would go, and answers with the ages that it went by. */
export function pruneRecord({ retention, identity }: PruneRouteContext) {
  return async ({ body }: { readonly body: object }, call: Call): Promise<OwnAnswer> => {
    requireServerOwner(call, identity, 'Prune')
    const decoded = decodeInput(PRUNE, body)
    if (decoded.kind !== 'valid') throw new AwsError('ValidationException', decoded.text)
    const { dryRun = false, ages = retention.ages } = decoded.value
    const pruned = await retention.prune({ ages, dryRun })
    return { status: 200, body: { dryRun, ages, ...pruned } }
  }
}
