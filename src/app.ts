import { chown } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Logger } from 'pino'
import type { JobClock } from './clock/clock.ts'
import { systemWireClock } from './clock/real-clock.ts'
import type { Settling } from './clock/settling.ts'
import { VirtualClock } from './clock/virtual-clock.ts'
import type { Config } from './config/config.ts'
import { Environments } from './config/environments.ts'
import { jobUser } from './config/job-user.ts'
import { controlRoutes } from './control-routes.ts'
import { openDataFolder, type DataFolder } from './data-folder/data-folder.ts'
import { readConfiguration } from './data-folder/read-configuration.ts'
import { diskOf } from './disk.ts'
import type { DurableFiles } from './durable/durable-files.ts'
import { fleetFacts, fleetScheduler, openFleet, type Fleet } from './fleet.ts'
import { createHttpFront, type HttpFront } from './http/http-front.ts'
import { AccessKeys } from './identity/access-keys.ts'
import type { OwnRoutes } from './http/own-routes.ts'
import { Credentials } from './identity/credentials.ts'
import { loadIdentity, type Identity } from './identity/identity.ts'
import { sessionKeys } from './identity/job-session.ts'
import { loadPlans } from './load-plans.ts'
import { Listener, type ListenerOptions } from './listener.ts'
import { openEmbeddedObjects, type EmbeddedObjects } from './objects/embedded/embedded-objects.ts'
import { cloudWatchServices } from './operations/cloudwatch/service.ts'
import { iamService } from './operations/iam/service.ts'
import { logsService } from './operations/logs/service.ts'
import { makeDefaultBucket } from './operations/own/default-bucket.ts'
import { serverHealth } from './operations/own/health.ts'
import { jobRecord } from './operations/own/job-record.ts'
import { keyRoutes } from './operations/own/keys.ts'
import { ObjectHolds } from './operations/own/object-holds.ts'
import { pruneRecord } from './operations/own/prune.ts'
import { serverFacts } from './operations/own/server-facts.ts'
import { rehearsedS3 } from './operations/s3/rehearsed-s3.ts'
import { s3Service } from './operations/s3/service.ts'
import type { SageMakerContext } from './operations/sagemaker/context.ts'
import { sagemakerService } from './operations/sagemaker/service.ts'
import { sagemakerMetricsService } from './operations/sagemaker-metrics/service.ts'
import { stsService } from './operations/sts/service.ts'
import { AWS_RATES, throttledService } from './operations/throttled-service.ts'
import type { Plans } from './plans/plans.ts'
import { rehearsing, type Rehearsing } from './rehearsal/rehearsing.ts'
import { Retention } from './retention/retention.ts'
import { ProcessRuntime } from './runtime/process/process-runtime.ts'
import type { Runtime } from './runtime/runtime.ts'
import { SimulatedRuntime } from './runtime/simulated/simulated-runtime.ts'
import { admitAll, type Admission } from './scheduler/admission.ts'
import { diskReserve } from './scheduler/disk-reserve.ts'
import type { FleetScheduler } from './scheduler/fleet-scheduler.ts'
import { holdAll } from './scheduler/scheduler.ts'
import { anyImage, simulationSource } from './simulated-server.ts'
import { settlingMetrics, settlingStore } from './settling-parts.ts'
import { openSqliteStore } from './store/sqlite/sqlite-store.ts'
import type { Store } from './store/store.ts'
import { Supervisors } from './supervisor/supervisors.ts'
import { LogStreams } from './telemetry/log-streams.ts'
import { Metrics } from './telemetry/metrics.ts'
import { systemIds, type Ids } from './util/ids.ts'
import { UnsupportedPlatformError } from './unsupported-platform-error.ts'
import { VirtualTime } from './virtual-time.ts'
import { networkInterface } from './util/network-interface.ts'

/** How a server is asked for; everything else comes from the configuration file in the data folder. */
export interface AppOptions extends ListenerOptions {
  /** The data folder; made if missing. */
  readonly data: string
  readonly runtime: 'auto' | 'process' | 'simulated'
  /** Which command starts it where that is not `serve`, for whoever finds the data folder taken. */
  readonly command?: string
  /** The data folder goes with this server: no write waits for the disk, since what a loss of power leaves is of no use to anybody. */
  readonly isThrownAway?: boolean
  /** Accept jobs and start none. */
  readonly hold: boolean
  /** Let jobs be broken on purpose, whatever the configuration says. */
  readonly allowRehearsals?: boolean
  /** At whose rates requests are answered; what the configuration says where it is not given. */
  readonly throttle?: Config['throttle']
  /** The environment of the shell that started the server: PATH, VIRTUAL_ENV and CONDA_PREFIX decide which python is `local/python`. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly clock: JobClock
  /** Told of what is under way outside the event loop, for a clock that stands still meanwhile. */
  readonly settling?: Settling
  /** Told how far virtual time has come. */
  readonly keep?: (now: number) => Promise<void>
  /** Told of the latest time that is recorded, before anything asks for the time; not where that is the wall's. */
  readonly notBefore?: (time: number) => void
  /** Of everything that the server makes; unpredictable unless they are given. */
  readonly ids?: Ids
  readonly log: Logger
  /** Told as soon as requests are accepted, before jobs of earlier lives are taken up. */
  readonly listening?: (server: ServerFacts) => void
}

/** A server that accepts requests. */
export interface ServerFacts {
  /** `http://127.0.0.1:8484` */
  readonly url: string
  readonly account: string
  readonly region: string
  readonly defaultBucket: string
  /** Which runtime runs jobs. */
  readonly runtime: string
}

export interface App extends ServerFacts {
  /** Absent where time goes by itself. */
  readonly time?: VirtualTime
  /** Stops accepting, lets go of running jobs without ending them, closes the store. Idempotent. */
  close(): Promise<void>
}

/**
 * Starts a server: the one place where everything is put together.
 *
 * @throws DataFolderError, IdentityError, ListenError, NewerSchemaError, StoreError, UnsupportedPlatformError: each says what to do
 */
export async function startApp(options: AppOptions): Promise<App> {
  const stack = new AsyncDisposableStack()
  try {
    return await start(options, stack)
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

async function start(options: AppOptions, stack: AsyncDisposableStack): Promise<App> {
  const { data: path, command } = options
  const folder = stack.adopt(await openDataFolder({ path, command, ...diskOf(options) }), close)
  const opened = await openBase(options, folder, stack)
  const { account, defaultBucket } = opened.identity
  const rehearsals = rehearsalsOf(options, opened)
  const base = { ...opened, store: rehearsals.store, rehearsals }
  const answering = Promise.withResolvers<HttpFront>()
  const chosen = stack.adopt(
    chooseRuntime(options, base, () => answering.promise),
    close,
  )
  const runtime = rehearsals.runtime(chosen)
  // What the configuration asks for by name may be refused, and then nobody is answered; everything else is looked into while the server listens.
  if (opened.config.process.isolation !== 'auto') await runtime.capabilities()
  const listener = new Listener(options, folder)
  const metrics = settlingMetrics(options, stack.adopt(new Metrics({ ...base, clock: options.clock }), close))
  const interrupt = (jobId: string) => supervisors.interrupt(jobId, { cause: 'capacity' })
  const scheduler = fleetScheduler(base, { ...options, interrupt })
  const supervisors: Supervisors = stack.adopt(
    supervise(options, { ...base, runtime, listener, metrics, scheduler }),
    close,
  )
  stack.adopt(rehearsals, close)
  const holds = stack.adopt(holdsOf(options, base), close)
  const retention = stack.adopt(retentionOf(options, base), close)
  const time =
    options.clock instanceof VirtualClock ? { time: new VirtualTime(options.clock, supervisors, options.keep) } : {}
  const front = stack.adopt(openFront(options, { ...base, runtime, supervisors, holds, retention, ...time }), close)
  const url = await listener.listen(front)
  answering.resolve(front)
  const facts = { url, account, region: opened.config.region, defaultBucket, runtime: runtime.name }
  options.listening?.(facts)
  await runtime.capabilities()
  // Jobs of an earlier life reach this server by the address it had, so it listens before it takes them up.
  await rehearsals.begin(supervisors)
  await supervisors.recover()
  retention.start()
  return { ...facts, ...time, close: () => stack.disposeAsync() }
}

/** What everything else stands on. */
interface Base {
  readonly folder: DataFolder
  readonly durable: DurableFiles
  readonly config: Config
  readonly identity: Identity
  readonly keys: AccessKeys
  readonly plans: Plans
  readonly store: Store
  readonly fleet: Fleet
  readonly objects: EmbeddedObjects
  readonly environments: Environments
  readonly streams: LogStreams
}

async function openBase(options: AppOptions, folder: DataFolder, stack: AsyncDisposableStack): Promise<Base> {
  const { paths } = folder
  const { ids = systemIds() } = options
  const config = await readConfiguration(paths.configuration)
  const owner = jobUser(config)
  const { durable, synchronous } = diskOf(options)
  const identity = await loadIdentity({ folder: paths.root, region: config.region, durable, ids })
  const keys = await AccessKeys.load({ folder: paths.root, durable, ids, identity })
  const plans = await loadPlans(folder, config, durable)
  const opened = stack.adopt(await openSqliteStore({ path: paths.store, log: options.log, synchronous }), close)
  const store = settlingStore(options, opened)
  options.notBefore?.(await store.latestTime())
  const fleet = await openFleet(config, store, options.runtime === 'simulated')
  const own = owner ? { owner } : {}
  if (owner) await chown(paths.objects, owner.uid, owner.gid)
  const objects = stack.adopt(
    await openEmbeddedObjects({ folder: paths.objects, clock: systemWireClock, ids, durable, synchronous, ...own }),
    close,
  )
  await makeDefaultBucket(objects, identity)
  const environments = new Environments(config, options.environment)
  const streams = new LogStreams({ store, clock: options.clock, logsFolder: paths.logs })
  return { folder, durable, config, identity, keys, plans, store, fleet, objects, environments, streams }
}

function chooseRuntime(options: AppOptions, base: Base, taker: () => Promise<HttpFront>): Runtime {
  const { folder, config } = base
  if (options.runtime === 'simulated') {
    const source = simulationSource({ ...base, folder: folder.paths.jobs })
    return new SimulatedRuntime(options.clock, undefined, undefined, source)
  }
  if (process.platform !== 'linux') throw new UnsupportedPlatformError(process.platform)
  const user = jobUser(config)
  return new ProcessRuntime({
    dataFolder: folder.paths.root,
    config: config.process,
    ...(user ? { jobUser: user } : {}),
    agentCommand: [process.execPath, join(dirname(import.meta.dirname), 'bin/trainyard'), 'agent'],
    taker,
    clock: options.clock,
    log: options.log,
  })
}

interface SupervisorParts extends Base {
  readonly rehearsals: Rehearsing
  readonly runtime: Runtime
  readonly listener: Listener
  readonly metrics: Metrics
  readonly scheduler: FleetScheduler
}

function supervise(options: AppOptions, parts: SupervisorParts): Supervisors {
  const { clock, log } = options
  const { store, objects, runtime, config, keys, listener, streams, metrics } = parts
  return new Supervisors({
    store,
    objects,
    runtime,
    scheduler: options.hold ? holdAll : parts.scheduler,
    admission: parts.rehearsals.admission(admissionOf(options, parts)),
    clock,
    config,
    log,
    environments: environmentsOf(options, parts),
    session: (jobId, attempt) => sessionKeys(keys.sessionSecrets.sessionKey, { jobId, attempt }),
    endpoint: () => listener.jobEndpoint,
    networkInterface: options.runtime === 'simulated' ? () => 'eth0' : networkInterface,
    streams,
    metrics,
  })
}

function environmentsOf(options: AppOptions, { environments }: Base): SageMakerContext['environments'] {
  return options.runtime === 'simulated' ? anyImage(environments) : environments
}

function admissionOf({ hold, clock, log }: AppOptions, { config, store, folder }: SupervisorParts): Admission {
  return hold ? admitAll : diskReserve({ config, store, clock, log, folder: folder.paths.root })
}

/** Between what does the work and whoever asks for it, only where rehearsals are allowed. */
function rehearsalsOf({ allowRehearsals, clock, log }: AppOptions, { store, config, folder }: Base): Rehearsing {
  return rehearsing(rehearsalsAllowed(allowRehearsals, config), { store, clock, log, logsFolder: folder.paths.logs })
}

function rehearsalsAllowed(asked: boolean | undefined, { rehearsals }: Config): boolean {
  return asked === true || rehearsals.allow
}

function holdsOf({ clock, ids = systemIds() }: AppOptions, { objects, identity }: Base): ObjectHolds {
  return new ObjectHolds({ objects: objects.local, clock, ids, identity })
}

function retentionOf({ clock, log }: AppOptions, { store, config, folder, durable }: Base): Retention {
  const logsFolder = folder.paths.logs
  return new Retention({ store, logsFolder, durable, ages: config.retention, clock, log })
}

interface FrontParts extends Base {
  readonly rehearsals: Rehearsing
  readonly runtime: Runtime
  readonly supervisors: Supervisors
  readonly holds: ObjectHolds
  readonly retention: Retention
  readonly time?: VirtualTime
}

function openFront(options: AppOptions, parts: FrontParts): HttpFront {
  const { clock, log, ids = systemIds() } = options
  const { store, objects, runtime, supervisors, identity, keys, config } = parts
  const { account: serverAccount } = identity
  const { configuration: configurationFile, logs: logsFolder } = parts.folder.paths
  const environments = environmentsOf(options, parts)
  const rehearsals = { allowed: rehearsalsAllowed(options.allowRehearsals, config), plans: parts.plans }
  const common = { store, objects, runtime, clock, ids, environments, supervisors, rehearsals, configurationFile }
  const context = { ...common, ...parts.fleet }
  const sagemaker = sagemakerService(context)
  const throttle = options.throttle ?? config.throttle
  return createHttpFront({
    services: [
      throttle === 'aws' ? throttledService(sagemaker, AWS_RATES, systemWireClock) : sagemaker,
      sagemakerMetricsService({ store }),
      logsService({ store, logsFolder }),
      ...cloudWatchServices({ store, clock }),
      stsService(),
      iamService(),
    ],
    s3: rehearsedS3(s3Service({ objects, clock: systemWireClock, serverAccount }), parts.rehearsals, clock),
    own: ownRoutes(parts, context),
    health: serverHealth({ store, runtime, folder: parts.folder.paths.root }),
    credentials: new Credentials(store, keys),
    wireClock: systemWireClock,
    ids,
    log,
    allowedHosts: ['127.0.0.1', 'localhost', '[::1]', options.host],
    region: config.region,
    baseDomains: ['localhost', 's3.localhost', ...config.s3.domains],
  })
}

function ownRoutes(parts: FrontParts, context: SageMakerContext): OwnRoutes {
  const { store, objects, runtime, environments, identity, keys, holds } = parts
  return {
    ...keyRoutes({ keys, identity, objects, store, clock: systemWireClock }),
    'POST /-/holds': holds.take,
    'PUT /-/holds/:id': holds.renew,
    'DELETE /-/holds/:id': holds.release,
    'GET /-/jobs/:name': jobRecord({ ...context, logsFolder: parts.folder.paths.logs }),
    'POST /-/prune': pruneRecord(parts),
    ...controlRoutes({ ...parts, clock: context.clock }, parts.supervisors, runtime.name === 'simulated'),
    'GET /-/server': serverFacts(() => ({
      runtime: runtime.name,
      environments: environments.pythons(),
      fleet: fleetFacts(parts.fleet, parts.config),
    })),
  }
}

function close(resource: { close(): Promise<void> }): Promise<void> {
  return resource.close()
}
