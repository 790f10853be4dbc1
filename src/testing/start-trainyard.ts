import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { startApp, type App } from '../app.ts'
import { Settling } from '../clock/settling.ts'
import { VirtualClock } from '../clock/virtual-clock.ts'
import { parseDuration } from '../config/duration.ts'
import { readIdentity, type Identity } from '../identity/identity.ts'
import { systemIds } from '../util/ids.ts'
import { OwnRequests } from './own-requests.ts'
import { seededBytes } from './seeded-bytes.ts'
import type { StartTrainyard, TestingJournalEntry, TestingOptions, TestingServer } from './testing-server.ts'

const DEFAULT_START = Date.UTC(2026, 0, 1)

/** Starts a server for tests: simulated jobs, virtual time, nothing left behind. */
export const startTrainyard: StartTrainyard = async (options = {}) => {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-testing-'))
  const stack = new AsyncDisposableStack()
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  try {
    return await start(folder, options, stack)
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

async function start(folder: string, options: TestingOptions, stack: AsyncDisposableStack): Promise<TestingServer> {
  const { seed = 'trainyard', startTime, configuration, plans = {} } = options
  if (configuration !== undefined) await writeFile(join(folder, 'trainyard.yaml'), configuration)
  const settling = new Settling()
  const startMs = startTime?.getTime() ?? DEFAULT_START
  const clock: VirtualClock = new VirtualClock(startMs, () => settling.settled(() => clock.waits))
  const app = await startApp({
    data: folder,
    host: '127.0.0.1',
    port: 0,
    insecure: false,
    runtime: 'simulated',
    hold: false,
    environment: {},
    clock,
    settling,
    isThrownAway: true,
    ids: systemIds(seededBytes(seed)),
    log: pino({ level: 'silent' }),
  })
  stack.defer(() => app.close())
  const identity = await readIdentity(join(folder, 'identity.json'))
  if (!identity) throw new TypeError('The server has no identity')
  const server = serverOf(app, identity, stack)
  for (const [name, text] of Object.entries(plans)) await server.put(name, text)
  return server.testing
}

function serverOf(
  app: App,
  identity: Identity,
  stack: AsyncDisposableStack,
): { readonly testing: TestingServer; put(name: string, text: string): Promise<unknown> } {
  const { accessKeyId, secretAccessKey, region, account, defaultBucket: bucket } = identity
  const credentials = { accessKeyId, secretAccessKey }
  const own = new OwnRequests(app.url, { region, credentials })
  stack.defer(() => own.close())
  const { time } = app
  if (!time) throw new TypeError('The time of this server goes by itself')
  const pathOf = (name: string) => `/-/jobs/${encodeURIComponent(name)}`
  const close = () => stack.disposeAsync()
  const testing: TestingServer = {
    ...{ endpoint: app.url, region, account, credentials, bucket },
    now: () => new Date(time.now()),
    advance: (by) => time.advance(milliseconds(by)),
    runUntilIdle: () => time.runUntilIdle(),
    async interrupt(name) {
      const answer = await own.ask('POST', `${pathOf(name)}/interrupt`)
      return (answer as { readonly interrupted: boolean }).interrupted
    },
    history: async (name) => (await own.ask('GET', pathOf(name))) as History,
    close,
    [Symbol.asyncDispose]: close,
  }
  return {
    testing,
    put: (name, text) => own.ask('PUT', `/-/plans/${encodeURIComponent(name)}`, { kind: 'simulate', text }),
  }
}

interface History {
  readonly job: Readonly<Record<string, unknown>>
  readonly journal: readonly TestingJournalEntry[]
}

/** @throws RangeError */
function milliseconds(by: string | number): number {
  const value = typeof by === 'number' ? by : parseDuration(by)
  if (value !== undefined && value >= 0) return value
  throw new RangeError(`advance takes a duration such as '500ms', '90m' or '5d', or milliseconds, and not ${by}`)
}
