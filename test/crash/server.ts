import { join } from 'node:path'
import { pino, type Logger } from 'pino'
import type { JobClock } from '../../src/clock/clock.ts'
import { compileConfig } from '../../src/config/config.ts'
import { openDataFolder } from '../../src/data-folder/data-folder.ts'
import { systemDurableFiles } from '../../src/durable/durable-files.ts'
import { AccessKeys } from '../../src/identity/access-keys.ts'
import { loadIdentity } from '../../src/identity/identity.ts'
import { openEmbeddedObjects, type EmbeddedObjects } from '../../src/objects/embedded/embedded-objects.ts'
import type { ObjectStore } from '../../src/objects/objects.ts'
import { RawJson } from '../../src/operations/operation.ts'
import { Quotas } from '../../src/operations/sagemaker/quotas.ts'
import { sagemakerService } from '../../src/operations/sagemaker/service.ts'
import { validationException } from '../../src/protocol/errors.ts'
import { decodeInput } from '../../src/protocol/validate.ts'
import type { Runtime } from '../../src/runtime/runtime.ts'
import { admitAll } from '../../src/scheduler/admission.ts'
import { FleetScheduler } from '../../src/scheduler/fleet-scheduler.ts'
import type { Scheduler } from '../../src/scheduler/scheduler.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { Supervisors } from '../../src/supervisor/supervisors.ts'
import { LogStreams } from '../../src/telemetry/log-streams.ts'
import { systemIds } from '../../src/util/ids.ts'
import { testCall } from '../operations/test-call.ts'
import { faulty } from './faulty.ts'
import type { Life } from './life.ts'
import { YARD } from './machine.ts'

export const BUCKET = 'bucket'
const REGION = 'us-east-1'

/** What outlives a server. */
export interface Surroundings {
  readonly folder: string
  readonly logs: string
  readonly clock: JobClock
  readonly runtime: Runtime
}

/** A server without its wire: everything that `startApp` puts together below HTTP, each contract with points around its calls. */
export interface CrashServer {
  readonly store: Store
  /** The same record without points, for who looks on and is no part of the server. */
  readonly observed: Store
  readonly objects: ObjectStore
  readonly keys: AccessKeys
  readonly supervisors: Supervisors
  /** As http calls an operation. @param invocationId the same over all retries of one call */
  call(operation: string, input: object, invocationId?: string): Promise<unknown>
  /** Resolves when what earlier crashes left behind is gone. */
  readonly swept: Promise<void>
}

/**
 * Starts a server on a folder.
 *
 * @param opened told of every real resource as soon as it is there, so that it can be let go of whatever becomes of this server
 */
export async function startCrashServer(
  surroundings: Surroundings,
  life: Life,
  opened: (resource: { close(): Promise<void> }) => void,
): Promise<CrashServer> {
  const { folder, clock, logs } = surroundings
  const ids = systemIds()
  const durable = faulty(life, 'durable', systemDurableFiles)
  // What a killed server left of a write goes when its folder is taken.
  opened(await openDataFolder({ path: folder, durable }))
  const identity = await loadIdentity({ folder, region: REGION, durable, ids })
  const keys = await AccessKeys.load({ folder, durable, ids, identity })
  const realStore = await openSqliteStore({ path: join(folder, 'store.db') })
  opened(realStore)
  const realObjects = await openEmbeddedObjects({ folder: join(folder, 'objects'), clock, ids, durable })
  opened(realObjects)
  const store = faulty(life, 'store', realStore)
  const objects = faulty<ObjectStore>(life, 'objects', realObjects)
  const { account } = testCall().principal
  for (const name of [identity.defaultBucket, BUCKET])
    if (!(await objects.bucket(name))) await objects.createBucket({ name, account, region: REGION })
  const runtime = faulty(life, 'runtime', surroundings.runtime)
  const streams = new LogStreams({ store, clock, logsFolder: logs })
  const log = pino({ level: 'silent' })
  const interrupt = (jobId: string) => supervisors.interrupt(jobId, { cause: 'capacity' })
  const fleetScheduler = new FleetScheduler({ yard: YARD, policy: 'shrink', clock, interrupt, log })
  const scheduler = faulty<Scheduler>(life, 'scheduler', fleetScheduler)
  const supervisors: Supervisors = superviseWith({ ...surroundings, store, objects, runtime, scheduler, streams, log })
  await supervisors.recover()
  const fleet = { quotas: await Quotas.load({}, store), instanceTypes: undefined }
  const call = caller({ store, objects, runtime, clock, ids, supervisors, rehearsals, ...fleet })
  return { store, observed: realStore, objects, keys, supervisors, call, swept: sweptOf(realObjects) }
}

async function sweptOf(objects: EmbeddedObjects): Promise<void> {
  await objects.swept
}

const rehearsals = { allowed: false, plans: { find: () => undefined } }
const environments = { resolve: (name: string) => ({ name, python: '/usr/bin/python3' }) }

type Parts = Surroundings & {
  readonly store: Store
  readonly objects: ObjectStore
  readonly scheduler: Scheduler
  readonly streams: LogStreams
  readonly log: Logger
}

function superviseWith({ store, objects, runtime, scheduler, clock, streams, log }: Parts): Supervisors {
  return new Supervisors({
    store,
    objects,
    runtime,
    scheduler,
    admission: admitAll,
    clock,
    config: compileConfig({ keep: { failed: '0s' } }),
    log,
    environments,
    session: () => ({ accessKeyId: 'ASIA', secretAccessKey: 's', sessionToken: 't' }),
    endpoint: () => ({ url: 'http://127.0.0.1:1' }),
    networkInterface: () => 'eth0',
    streams,
    metrics: { follow: () => undefined, finish: async () => [], forget: () => undefined },
  })
}

function caller(
  context: Omit<Parameters<typeof sagemakerService>[0], 'environments' | 'configurationFile'>,
): CrashServer['call'] {
  const service = sagemakerService({ ...context, environments, configurationFile: '/trainyard.yaml' })
  return async (name, input, invocationId) => {
    const operation = service.operations[name]
    if (!operation) throw new TypeError(`no operation ${name}`)
    const decoded = decodeInput(operation.input, structuredClone(input))
    if (decoded.kind !== 'valid') throw validationException(decoded.text)
    const circumstances = invocationId === undefined ? {} : { invocationId }
    const output = await operation.handle(decoded.value, { ...testCall(), ...circumstances })
    return output instanceof RawJson ? JSON.parse(output.text) : output
  }
}
