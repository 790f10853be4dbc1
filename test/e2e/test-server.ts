import { mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { startApp, type App } from '../../src/app.ts'
import { RealClock } from '../../src/clock/real-clock.ts'
import { removeDataFolder } from '../support/remove-data-folder.ts'
import { ROOMY_FLEET } from '../support/roomy-fleet.ts'
import { clientsOf, type Clients } from './clients.ts'

/** A real server in this process, and real clients of it. */
export interface TestServer extends Clients, AsyncDisposable {
  readonly data: string
  readonly app: App
  /** Closes the server and starts it again on the same folder. */
  restart(options?: { readonly hold?: boolean }): Promise<void>
}

/** @param configuration text of trainyard.yaml */
export async function startTestServer(
  options: { readonly configuration?: string; readonly hold?: boolean } = {},
): Promise<TestServer> {
  const data = await mkdtemp(join(tmpdir(), 'trainyard-e2e-'))
  await writeFile(join(data, 'trainyard.yaml'), withFleet(options.configuration ?? ''))
  let app = await start(data, options.hold ?? false)
  return {
    data,
    get app() {
      return app
    },
    ...(await clientsOf(data, app.url)),
    async restart({ hold = false } = {}) {
      await app.close()
      app = await start(data, hold)
    },
    async [Symbol.asyncDispose]() {
      await app.close()
      await removeDataFolder(data)
    },
  }
}

function start(data: string, hold: boolean): Promise<App> {
  return startApp({
    data,
    host: '127.0.0.1',
    port: 0,
    insecure: false,
    runtime: 'process',
    hold,
    // A python that every user of the machine can read.
    environment: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    clock: new RealClock(),
    log: pino({ level: 'silent' }),
  })
}

/** Jobs of a test run side by side, unless it says otherwise. */
function withFleet(configuration: string): string {
  return /^fleet:/m.test(configuration) ? configuration : `${configuration}\n${ROOMY_FLEET}`
}

/** Folders of instances that are still there. */
export async function workspaces(server: TestServer): Promise<string[]> {
  return readdir(join(server.data, 'jobs'))
}
