import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { pino } from 'pino'
import { startApp } from '../../src/app.ts'
import { RealClock } from '../../src/clock/real-clock.ts'
import { atEnd } from '../support/at-end.ts'
import { removeDataFolder } from '../support/remove-data-folder.ts'
import { SignedCalls } from './signed-calls.ts'

export interface HeldServer {
  readonly calls: SignedCalls
  readonly data: string
  /** The default one. */
  readonly bucket: string
}

/** A whole server in this process that accepts jobs and starts none; it goes when the test ends. */
export async function startHeldServer(t: TestContext): Promise<HeldServer> {
  const data = await mkdtemp(join(tmpdir(), 'trainyard-bad-input-'))
  atEnd(t, () => removeDataFolder(data))
  const app = await startApp({
    data,
    host: '127.0.0.1',
    port: 0,
    insecure: false,
    runtime: 'simulated',
    hold: true,
    environment: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    clock: new RealClock(),
    log: pino({ level: 'silent' }),
  })
  atEnd(t, () => app.close())
  const calls = await SignedCalls.open(app.url, data)
  atEnd(t, () => calls[Symbol.asyncDispose]())
  return { calls, data, bucket: app.defaultBucket }
}
