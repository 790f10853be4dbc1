import { existsSync, mkdirSync, mkdtempSync, renameSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { VirtualClock } from '../../src/clock/virtual-clock.ts'
import { imageOf } from '../support/image-of.ts'
import { MortalClock } from './faulty.ts'
import { DEAD, Life, type Points } from './life.ts'
import { Machine } from './machine.ts'
import { startCrashServer, type CrashServer } from './server.ts'

const START = 1_700_000_000_000
/** Turns of the event loop in which nothing begins to wait, after which nothing is under way. */
const QUIET_TURNS = 10
/** What a killed process leaves behind does not depend on the disk, and memory is fast. */
const MEMORY = '/dev/shm'
/** Job time for which nobody starts a dead server again. */
const DOWN_MS = 1500

/** The bytes of every object that jobs read, by its path below the channel's prefix. */
const INPUTS: ReadonlyMap<string, string> = new Map([
  ['part-1', 'the first part'],
  ['deep/part-2', 'the second part'],
])

/** A machine with a data folder on it, and one server after another. */
export class World implements AsyncDisposable {
  readonly clock: VirtualClock
  readonly machine: Machine
  readonly inputs = INPUTS
  readonly logs: string
  readonly #root: string
  readonly #points: Points
  readonly #opened: { close(): Promise<void> }[] = []
  #server: CrashServer | undefined
  #life: Life | undefined
  #lives = 0
  #fullUntil = 0
  #stepped = 0

  constructor(points: Points) {
    this.#points = points
    this.#root = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'trainyard-crash-'))
    this.logs = join(this.#root, 'logs')
    mkdirSync(this.logs)
    mkdirSync(this.folder)
    this.clock = new VirtualClock(START, () => this.#settled())
    this.machine = new Machine(this.clock, { folder: () => this.folder, logs: this.logs }, INPUTS)
  }

  /** The data folder as it is now: what a dead server left is opened under another path, so that whatever it still had under way finds nothing. */
  get folder(): string {
    return join(this.#root, `data-${this.#lives}`)
  }

  get deaths(): number {
    return this.#lives
  }

  /** Milliseconds since the world began, whatever the wall clock says. */
  get elapsed(): number {
    return this.clock.monotonic()
  }

  /** Does something with a server that lives: started again as often as it dies meanwhile, and asked again then. */
  async withServer<Result>(work: (server: CrashServer) => Promise<Result>): Promise<Result> {
    for (;;) {
      const [life, server] = [this.#life, this.#server]
      if (!life || !server || life.isDead) {
        await this.#start()
        continue
      }
      const result = await Promise.race([work(server), life.died])
      if (result !== DEAD) return result
    }
  }

  /** Ends the server in order, and starts it again with the next call. */
  async restart(): Promise<void> {
    const [life, server] = [this.#life, this.#server]
    if (!life || !server || life.isDead) return
    if ((await Promise.race([server.supervisors.close(), life.died])) === DEAD) return
    for (const resource of this.#opened.splice(0)) await resource.close()
    this.#life = undefined
  }

  async advance(milliseconds: number): Promise<void> {
    await this.clock.advance(milliseconds)
  }

  async #start(): Promise<void> {
    if (this.#life?.isDead) {
      for (const resource of this.#opened.splice(0)) await resource.close()
      await this.clock.advance(DOWN_MS)
    }
    const life = new Life(this.#points, {
      died: () => this.#image(),
      diskFull: (forMs) => void (this.#fullUntil = this.elapsed + forMs),
      clockStepped: (byMs) => void (this.#stepped += byMs),
      isDiskFull: () => this.elapsed < this.#fullUntil,
    })
    this.#life = life
    this.#server = undefined
    const clock = new MortalClock(this.clock, life, () => this.#stepped)
    const surroundings = { folder: this.folder, logs: this.logs, clock, runtime: this.machine.runtime }
    const starting = startCrashServer(surroundings, life, (resource) => void this.#opened.push(resource))
    const server = await Promise.race([starting.catch((error: unknown) => this.#notStarted(error)), life.died])
    if (server !== DEAD && server) this.#server = server
  }

  /** On a full disk a server does not start; it is tried again later. */
  async #notStarted(error: unknown): Promise<undefined> {
    if (this.elapsed >= this.#fullUntil) throw error
    this.#life = undefined
    for (const resource of this.#opened.splice(0)) await resource.close()
    await this.clock.advance(1000)
    return undefined
  }

  /** Keeps what the files of the dead hold, and takes the folder away from it. */
  #image(): void {
    const dead = this.folder
    this.#lives++
    imageOf(dead, this.folder)
    renameSync(dead, join(this.#root, `dead-${this.#lives}`))
  }

  async #settled(): Promise<void> {
    let waits = this.clock.waits
    let passed = this.#points.passed
    for (let turns = 0; turns < QUIET_TURNS; turns++) {
      await setImmediate()
      const isBusy = (this.#life?.pending ?? 0) + this.machine.pending > 0
      if (isBusy || this.clock.waits !== waits || this.#points.passed !== passed) turns = 0
      waits = this.clock.waits
      passed = this.#points.passed
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.restart()
    for (const resource of this.#opened.splice(0)) await resource.close()
    await rm(this.#root, { recursive: true, force: true })
  }
}
