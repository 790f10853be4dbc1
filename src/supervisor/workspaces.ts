import { isTerminal } from '../lifecycle/status.ts'
import type { InstanceId } from '../runtime/runtime.ts'
import type { JobRecord } from '../store/store.ts'
import type { SupervisorContext } from './context.ts'
import { parseJobRequest } from './job-request.ts'
import { findInstances } from './stages/instances.ts'

/** What jobs leave on the machine: it goes when their terminal status is committed, that of failed jobs after `keep.failed`. */
export class Workspaces {
  readonly #context: SupervisorContext
  readonly #closing: AbortSignal
  readonly #waiting = new Set<Promise<void>>()

  constructor(context: SupervisorContext, closing: AbortSignal) {
    this.#context = context
    this.#closing = closing
  }

  /** The job is over: removes its workspaces, now or when they have been kept long enough. */
  async leave(job: JobRecord): Promise<void> {
    const { instances } = await findInstances(this.#context, { job, request: parseJobRequest(job.request) })
    const left = this.#timeLeft(job)
    await Promise.all(instances.map((instance) => instance.destroy({ keep: left > 0 })))
    if (left > 0) for (const { id } of instances) this.#removeAfter(id, left)
  }

  /** Looks through everything there is, for workspaces whose job ended while no server was there, or that belong to none. */
  async sweep(): Promise<void> {
    for (const id of await this.#context.runtime.known()) {
      const job = await this.#context.store.job(id.jobId)
      if (job && !isTerminal(job.state.status) && job.state.attempt === id.attempt) continue
      const left = job ? this.#timeLeft(job) : 0
      if (left > 0) this.#removeAfter(id, left)
      else await this.#remove(id)
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#waiting)
  }

  /** Milliseconds for which a failed job's workspace is still kept. */
  #timeLeft(job: JobRecord): number {
    const { config, clock } = this.#context
    if (job.state.status !== 'Failed') return 0
    return (job.state.trainingEndTime ?? 0) + config.keep.failed - clock.now()
  }

  #removeAfter(id: InstanceId, milliseconds: number): void {
    const removal = this.#context.clock
      .sleep(milliseconds, { signal: this.#closing })
      .then(() => this.#remove(id))
      // The next start's sweep finds it again.
      .catch(() => undefined)
      .finally(() => this.#waiting.delete(removal))
    this.#waiting.add(removal)
  }

  async #remove(id: InstanceId): Promise<void> {
    const instance = await this.#context.runtime.find(id)
    await instance?.destroy()
  }
}
