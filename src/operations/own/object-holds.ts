import type { JobClock } from '../../clock/clock.ts'
import type { Identity } from '../../identity/identity.ts'
import type { LocalFiles } from '../../objects/objects.ts'
import { AwsError } from '../../protocol/errors.ts'
import type { Ids } from '../../util/ids.ts'
import type { Call } from '../operation.ts'
import type { OwnAnswer } from './own-answer.ts'
import { requireServerOwner } from './require-owner.ts'

export interface HoldsContext {
  readonly objects: Pick<LocalFiles, 'pinAll'>
  readonly clock: JobClock
  readonly ids: Ids
  readonly identity: Pick<Identity, 'account'>
}

/** How long a hold lasts unless it is renewed: its holder may have died. */
const SECONDS = 60
/** Backups at once. */
const MOST_HOLDS = 16

/** While somebody holds the objects, the files of those that are deleted or overwritten stay: so that a backup can copy what its index names. */
export class ObjectHolds {
  readonly #context: HoldsContext
  readonly #holds = new Map<string, Hold>()

  constructor(context: HoldsContext) {
    this.#context = context
  }

  /** `POST /-/holds` */
  readonly take = async (_request: unknown, call: Call): Promise<OwnAnswer> => {
    requireServerOwner(call, this.#context.identity, 'HoldObjects')
    if (this.#holds.size >= MOST_HOLDS)
      throw new AwsError('LimitExceededException', `${MOST_HOLDS} backups are under way; this server takes no more.`)
    const { objects, ids } = this.#context
    const id = ids.requestId()
    const hold = { letGo: objects.pinAll(), waiting: new AbortController() }
    this.#holds.set(id, hold)
    void this.#expire(id, hold)
    return { status: 201, body: { id, seconds: SECONDS } }
  }

  /** `PUT /-/holds/:id`: lasts anew from now on. */
  readonly renew = async (request: OfHold, call: Call): Promise<OwnAnswer> => {
    const { id, hold } = this.#find(request, call)
    hold.waiting.abort()
    const renewed = { letGo: hold.letGo, waiting: new AbortController() }
    this.#holds.set(id, renewed)
    void this.#expire(id, renewed)
    return { status: 200, body: { id, seconds: SECONDS } }
  }

  /** `DELETE /-/holds/:id` */
  readonly release = async (request: OfHold, call: Call): Promise<OwnAnswer> => {
    const { id, hold } = this.#find(request, call)
    this.#drop(id, hold)
    return { status: 200, body: { id } }
  }

  /** Lets go of everything: the server ends. */
  async close(): Promise<void> {
    for (const [id, hold] of this.#holds) this.#drop(id, hold)
  }

  async #expire(id: string, hold: Hold): Promise<void> {
    const over = await this.#context.clock.sleep(SECONDS * 1000, { signal: hold.waiting.signal }).then(
      () => true,
      () => false,
    )
    if (over) this.#drop(id, hold)
  }

  #drop(id: string, hold: Hold): void {
    this.#holds.delete(id)
    hold.waiting.abort()
    hold.letGo()
  }

  #find({ parameters }: OfHold, call: Call): { readonly id: string; readonly hold: Hold } {
    requireServerOwner(call, this.#context.identity, 'HoldObjects')
    const id = parameters['id'] ?? ''
    const hold = this.#holds.get(id)
    if (hold) return { id, hold }
    throw new AwsError('NotFound', 'There is no such hold; it may have run out.', { status: 404 })
  }
}

interface Hold {
  readonly letGo: () => void
  readonly waiting: AbortController
}

interface OfHold {
  readonly parameters: Readonly<Record<string, string>>
}
