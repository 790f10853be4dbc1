import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { pino } from 'pino'
import { stringify } from 'yaml'
import { startApp, type App } from '../../src/app.ts'
import { ServiceError } from '../../src/client/client-errors.ts'
import { SignedClient } from '../../src/client/signed-client.ts'
import { Settling } from '../../src/clock/settling.ts'
import { VirtualClock } from '../../src/clock/virtual-clock.ts'
import { readIdentity } from '../../src/identity/identity.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { imageOf } from '../support/image-of.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { shown, type DescribeAnswer, type Described } from './described.ts'
import { requestOf } from './job-spec.ts'
import { LIMITS } from './limits.ts'
import type { Answer, AwsRequest, Request, Update } from './steps.ts'

/** What a killed process leaves behind does not depend on the disk, and memory is fast. */
const MEMORY = '/dev/shm'

const CONFIGURATION = stringify({
  fleet: { cpus: 1000, memory: '10TiB', ...LIMITS },
  rehearsals: { allow: true },
})

interface Life {
  readonly app: App
  readonly client: SignedClient
  readonly bucket: string
}

/** The server itself, with its wire, simulated jobs and virtual time, and whatever happens to it. */
export class RealServer implements AsyncDisposable {
  readonly #root = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'trainyard-model-'))
  readonly #settling = new Settling()
  readonly #clock: VirtualClock
  #crashes = 0
  #life: Life | undefined

  /** @param start epoch milliseconds */
  private constructor(start: number) {
    this.#clock = new VirtualClock(start, () => this.#settling.settled(() => this.#clock.waits))
  }

  static async open(start: number): Promise<RealServer> {
    const server = new RealServer(start)
    mkdirSync(server.#folder)
    writeFileSync(join(server.#folder, 'trainyard.yaml'), CONFIGURATION)
    await server.#start()
    return server
  }

  /** Epoch milliseconds. */
  get now(): number {
    return this.#clock.now()
  }

  /** The data folder as it is now: what a dropped server left is opened under another path, so that whatever it still has under way finds nothing. */
  get #folder(): string {
    return join(this.#root, `data-${this.#crashes}`)
  }

  get #alive(): Life {
    if (!this.#life) throw new TypeError('no server is there')
    return this.#life
  }

  /** Sends a request, and waits until nothing more comes of it at the present moment. */
  async ask(request: Request): Promise<Answer> {
    const answer = await this.#send(request)
    await this.advance(0)
    return answer
  }

  async describe(name: string): Promise<Described> {
    const answer = await this.#alive.client.call('sagemaker', 'DescribeTrainingJob', { TrainingJobName: name })
    return shown(answer as DescribeAnswer)
  }

  async list(): Promise<readonly ListedJob[]> {
    const answer = await this.#alive.client.call('sagemaker', 'ListTrainingJobs', { MaxResults: 100 })
    return (answer as { readonly TrainingJobSummaries: readonly ListedJob[] }).TrainingJobSummaries
  }

  async advance(milliseconds: number): Promise<void> {
    await this.#alive.app.time?.advance(milliseconds)
  }

  /** @returns false where jobs are left to which nothing happens any more */
  async runUntilIdle(): Promise<boolean> {
    return (await this.#alive.app.time?.runUntilIdle()) ?? false
  }

  /** Closes the server in order, and starts it again so many milliseconds later. */
  async restart(down: number): Promise<void> {
    await this.#close()
    await this.#clock.advance(down)
    await this.#start()
  }

  /** Drops the server, and opens what it left so many milliseconds later. */
  async crash(down: number): Promise<void> {
    const dead = this.#folder
    this.#crashes++
    imageOf(dead, this.#folder)
    await this.#close()
    await this.#clock.advance(down)
    await this.#start()
  }

  /** Drops the server so many turns of the event loop after a request was sent, whose answer nobody sees. */
  async crashDuring(
    request: Request,
    { turns, down }: { readonly turns: number; readonly down: number },
  ): Promise<void> {
    const over = new AbortController()
    const sent = this.#send(request, over.signal).catch(() => undefined)
    for (let turn = 0; turn < turns; turn++) await setImmediate()
    const crashed = this.crash(down)
    over.abort()
    await crashed
    await sent
  }

  /** Ends the server. @returns what is broken of the histories of the jobs that are there, in words */
  async close(): Promise<readonly string[]> {
    await this.#close()
    const store = await openSqliteStore({ path: join(this.#folder, 'store.db') })
    const broken: string[] = []
    try {
      const ids = new Set((await store.journal({ after: 0, limit: 100_000 })).map(({ jobId }) => jobId))
      for (const id of ids) {
        const job = await store.job(id)
        const journal = await store.journal({ jobId: id, after: 0, limit: 10_000 })
        if (job) broken.push(...brokenInvariants(job, journal).map((problem) => `${job.name}: ${problem}`))
      }
    } finally {
      await store.close()
    }
    return broken
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
    await rm(this.#root, { recursive: true, force: true })
  }

  async #start(): Promise<void> {
    const data = this.#folder
    const app = await startApp({
      data,
      ...{ host: '127.0.0.1', port: 0, insecure: false, runtime: 'simulated', hold: false, environment: {} },
      clock: this.#clock,
      settling: this.#settling,
      log: pino({ level: 'silent' }),
    })
    const identity = await readIdentity(join(data, 'identity.json'))
    if (!identity) throw new TypeError('The server has no identity')
    const { accessKeyId, secretAccessKey, region, defaultBucket: bucket } = identity
    const client = new SignedClient({ endpoint: app.url, region, credentials: { accessKeyId, secretAccessKey } })
    this.#life = { app, client, bucket }
    await this.advance(0)
  }

  async #close(): Promise<void> {
    const life = this.#life
    this.#life = undefined
    await life?.client.close()
    await life?.app.close()
  }

  #send(request: Request, signal?: AbortSignal): Promise<Answer> {
    const { client, bucket } = this.#alive
    const { name } = request
    if (request.do === 'describe') return answered(this.describe(name).then((job) => ({ found: job.name })))
    if (request.do === 'interrupt')
      return answered(client.own(`/-/jobs/${name}/interrupt`, { method: 'POST', signal }) as Promise<Answer>)
    const [operation, input] = callOf(request, bucket)
    return answered(client.call('sagemaker', operation, input, { signal }).then(() => ({})))
  }
}

export interface ListedJob {
  readonly TrainingJobName: string
  readonly TrainingJobStatus: string
  readonly SecondaryStatus: string
  readonly WarmPoolStatus?: { readonly Status: string }
}

/** A refusal is an answer too. */
async function answered(sent: Promise<Answer>): Promise<Answer> {
  try {
    return await sent
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return { code: error.code, message: error.message }
  }
}

function callOf(request: AwsRequest, bucket: string): readonly [string, object] {
  const TrainingJobName = request.name
  switch (request.do) {
    case 'create':
      return ['CreateTrainingJob', requestOf(request.name, request.job, bucket)]
    case 'stop':
      return ['StopTrainingJob', { TrainingJobName }]
    case 'delete':
      return ['DeleteTrainingJob', { TrainingJobName }]
    case 'update':
      return ['UpdateTrainingJob', { TrainingJobName, ...changeOf(request.what) }]
    default:
      return request satisfies never
  }
}

function changeOf(what: Update): object {
  if (typeof what === 'object') return { ResourceConfig: { KeepAlivePeriodInSeconds: what.keepAlive } }
  if (what === 'nothing') return {}
  if (what === 'profiler') return { ProfilerConfig: { DisableProfiler: true } }
  return { RemoteDebugConfig: { EnableRemoteDebug: true } }
}
