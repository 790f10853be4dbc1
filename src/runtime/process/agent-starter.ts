import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { readLogTail } from '../../agent/log-tail.ts'
import type { AgentClientOptions } from './agent-client-options.ts'

const LOOK_AGAIN_MS = 10
const GIVE_UP_MS = 20_000
/** An agent that ends at once will do so again; between two starts some time passes. */
const START_AGAIN_MS = 1000

/** No agent could be started, or none that answers. */
export class AgentUnavailableError extends Error {
  override readonly name = 'AgentUnavailableError'
  readonly code = 'AGENT_UNAVAILABLE'

  constructor(log: string, tail: string) {
    super(`The agent does not answer. Its log ${log} ends with: ${tail === '' ? '(nothing)' : tail}`)
  }
}

/** Starts the agent in a session of its own, so that it outlives this server. */
export class AgentStarter {
  readonly #options: AgentClientOptions
  #child: ChildProcess | undefined
  #startedAt = Number.NEGATIVE_INFINITY

  constructor(options: AgentClientOptions) {
    this.#options = options
  }

  /**
   * Tries to connect until it works, starting an agent where none answers.
   * @throws AgentUnavailableError after a while; the signal's reason as soon as it aborts
   */
  async reach(open: () => Promise<Socket | undefined>, signal: AbortSignal): Promise<Socket> {
    const { clock, dataFolder } = this.#options
    const giveUp = clock.monotonic() + GIVE_UP_MS
    for (;;) {
      signal.throwIfAborted()
      const socket = await open()
      if (socket) return socket
      if (clock.monotonic() > giveUp) {
        const log = join(dataFolder, 'agent', 'log')
        throw new AgentUnavailableError(log, await readLogTail(log).catch(() => ''))
      }
      this.#startIfNeeded()
      await clock.sleep(LOOK_AGAIN_MS, { signal })
    }
  }

  /** Ends an agent that this server has started and that still runs. */
  end(): void {
    this.#child?.kill('SIGTERM')
  }

  #startIfNeeded(): void {
    const now = this.#options.clock.monotonic()
    if (this.#child || now - this.#startedAt < START_AGAIN_MS) return
    this.#startedAt = now
    const child = this.#start()
    this.#child = child
    const gone = () => {
      if (this.#child === child) this.#child = undefined
    }
    child.once('exit', gone)
    child.once('error', (error) => {
      this.#options.log.error({ err: error }, 'the agent could not be started')
      gone()
    })
    child.unref()
  }

  #start(): ChildProcess {
    const { dataFolder, agentCommand } = this.#options
    const folder = join(dataFolder, 'agent')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const [program = process.execPath, ...args] = agentCommand
    const log = openSync(join(folder, 'log'), 'a', 0o600)
    try {
      return spawn(program, [...args, '--data', dataFolder], {
        cwd: '/',
        env: process.env['PATH'] === undefined ? {} : { PATH: process.env['PATH'] },
        detached: true,
        stdio: ['ignore', log, log],
      })
    } finally {
      closeSync(log)
    }
  }
}
