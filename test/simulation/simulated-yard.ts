import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { VirtualClock } from '../../src/clock/virtual-clock.ts'
import { compileConfig } from '../../src/config/config.ts'
import { openEmbeddedObjects } from '../../src/objects/embedded/embedded-objects.ts'
import { SimulatedRuntime } from '../../src/runtime/simulated/simulated-runtime.ts'
import { admitAll } from '../../src/scheduler/admission.ts'
import { FleetScheduler } from '../../src/scheduler/fleet-scheduler.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { Supervisors } from '../../src/supervisor/supervisors.ts'
import { systemIds } from '../../src/util/ids.ts'
import { quiet } from '../support/quiet.ts'

export const SCOPE = { account: '111122223333', region: 'us-east-1' } as const
export const BUCKET = 'bucket'
const START = 1_700_000_000_000

/** The yard that the jobs of the simulation share: a little more than they need together, so that they wait for one another and the line does not grow. */
const YARD = { cpus: 5400, memory: 26_000 * 2 ** 30, gpus: Array.from({ length: 70 }, (_, index) => index) }

/**
 * Enough for the jobs that are not over. A commit that has split a page of an index looks through all that is in the cache (SQLite gives pages the number of the one at 1 GiB
 * while it sorts them, and then has to look for pages beyond the end), and almost every commit of a simulation has.
 */
const CACHE_KIB = 4_096

/** Scheduler, supervisors and store as a server has them, with the simulated runtime under virtual time, and nothing else. */
export interface SimulatedYard extends AsyncDisposable {
  readonly store: Store
  readonly clock: VirtualClock
  readonly supervisors: Supervisors
}

export async function openSimulatedYard(): Promise<SimulatedYard> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-simulation-'))
  // Its folder goes with it: no commit waits for the disk. What a loss of power may take is what `npm run crash` looks at.
  const path = join(folder, 'store.db')
  const store = await openSqliteStore({ path, synchronous: 'OFF', cacheKib: CACHE_KIB })
  const clock: VirtualClock = new VirtualClock(START, () => quiet(clock, QUIET_TURNS))
  const ids = systemIds()
  const objects = await openEmbeddedObjects({ folder: join(folder, 'objects'), clock, ids })
  await objects.createBucket({ name: BUCKET, ...SCOPE })
  const log = pino({ level: 'silent' })
  const scheduler = new FleetScheduler({
    yard: YARD,
    policy: 'fit',
    clock,
    log,
    interrupt: (jobId) => supervisors.interrupt(jobId),
  })
  const supervisors: Supervisors = new Supervisors({
    store,
    objects,
    runtime: new SimulatedRuntime(clock),
    scheduler,
    admission: admitAll,
    clock,
    config: compileConfig({ keep: { failed: 0 } }),
    log,
    environments: { resolve: (name) => ({ name, python: '/usr/bin/python3' }) },
    session: () => ({ accessKeyId: 'ASIA', secretAccessKey: 's', sessionToken: 't' }),
    endpoint: () => ({ url: 'http://127.0.0.1:1' }),
    networkInterface: () => 'eth0',
    // Two files a job would be most of what is measured.
    streams: { fileOf: () => '', open: async () => '' },
    metrics: { follow: () => undefined, finish: async () => [], forget: () => undefined },
  })
  await supervisors.recover()
  return {
    store,
    clock,
    supervisors,
    async [Symbol.asyncDispose]() {
      await supervisors.close()
      await objects.close()
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** Turns of the event loop in which nobody begins to wait, after which nothing is under way: a commit takes a few, what follows it a few more. */
const QUIET_TURNS = 12
