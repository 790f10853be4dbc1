import type { JobClock } from '../../clock/clock.ts'
import type { ObjectStore } from '../../objects/objects.ts'
import type { RehearsalAdmission } from '../../rehearsal/rehearsal-of-request.ts'
import type { ExecutionEnvironment, Runtime } from '../../runtime/runtime.ts'
import type { JobRecord, Store } from '../../store/store.ts'
import type { Ids } from '../../util/ids.ts'
import type { Quotas } from './quotas.ts'

/** What the SageMaker operations work on. */
export interface SageMakerContext {
  readonly store: Store
  readonly objects: ObjectStore
  readonly runtime: Pick<Runtime, 'admit' | 'capabilities'>
  readonly clock: JobClock
  readonly ids: Ids
  readonly environments: { resolve(image: string): ExecutionEnvironment | undefined }
  /** Whether jobs may be broken on purpose, and by which plans. */
  readonly rehearsals: Pick<RehearsalAdmission, 'allowed' | 'plans'>
  readonly supervisors: { begin(created: JobRecord): void; wake(jobId: string): void }
  readonly quotas: Pick<Quotas, 'insert'>
  /** The instance types that are offered; all where undefined. */
  readonly instanceTypes: readonly string[] | undefined
  /** Path of `trainyard.yaml`, for errors that say which line to add. */
  readonly configurationFile: string
}
