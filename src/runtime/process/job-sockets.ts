import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Server } from 'node:net'
import { abortable } from '../../util/abortable.ts'
import { helperEnvironment } from '../../agent/environment.ts'
import { enterUser } from '../../agent/network/box-network.ts'
import { networkFolder } from '../../agent/network/network-folder.ts'
import { InstanceError, type InstanceId } from '../runtime.ts'

/** The port of the server's socket in each network; nothing else listens there. */
export const JOB_PORT = 8484

/** What answers requests that come in through a socket opened elsewhere: the server's HTTP front. */
export interface SocketTaker {
  /** Answers what connects there until it is closed. */
  accept(listening: Server): { close(): Promise<void> }
}

export interface JobSocketsOptions {
  /** Absolute. */
  readonly dataFolder: string
  /** Resolves once this server answers requests. */
  taker(): Promise<SocketTaker>
}

interface Opened {
  readonly holder: number
  readonly accepted: Promise<{ close(): Promise<void> }>
}

/**
 * This server's own sockets in jobs' networks: a helper enters a network, listens there and hands the listening socket to us, so that no byte takes a way
 * round. Such a socket ends with this server, and another server opens its own.
 */
export class JobSockets {
  readonly #options: JobSocketsOptions
  readonly #open = new Map<string, Opened>()
  readonly #closing = new AbortController()

  constructor(options: JobSocketsOptions) {
    this.#options = options
  }

  /**
   * Makes this server answer in the network of the instance's job. Any number of times.
   *
   * @param holder pid of the network's holder
   * @param address where the job looks for this server
   * @throws InstanceError
   */
  async reach(id: InstanceId, holder: number, address: string): Promise<void> {
    const key = keyOf(id)
    const known = this.#open.get(key)
    if (known && known.holder !== holder) await this.#close(key)
    const opened = this.#open.get(key) ?? { holder, accepted: this.#listen(holder, address) }
    this.#open.set(key, opened)
    try {
      await opened.accepted
    } catch (error) {
      this.#open.delete(key)
      const reason = error instanceof Error ? error.message : String(error)
      throw new InstanceError('platform', `The job's network could not be given this server's socket: ${reason}`)
    }
  }

  /** Closes the socket of a network that is no more: an open socket would keep it. */
  async release(id: InstanceId): Promise<void> {
    if (!existsSync(networkFolder(this.#options.dataFolder, id).folder)) await this.#close(keyOf(id))
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the server is closing'))
    await Promise.all(Array.from(this.#open.keys(), (key) => this.#close(key)))
  }

  async #close(key: string): Promise<void> {
    const opened = this.#open.get(key)
    this.#open.delete(key)
    const accepted = await opened?.accepted.catch(() => undefined)
    await accepted?.close()
  }

  async #listen(holder: number, address: string): Promise<{ close(): Promise<void> }> {
    // A server that cannot listen closes without ever answering.
    const taker = await abortable(this.#options.taker(), this.#closing.signal)
    this.#closing.signal.throwIfAborted()
    // Accepted on in the moment it arrives: until then nobody would answer.
    return listenWithin(holder, address, (socket) => taker.accept(socket))
  }
}

const LONGEST_MS = 20_000
/** Given as text, because who enters the network of an ordinary user's job need not be able to read our files. */
const LISTEN = `
const server = require('node:net').createServer()
const failed = (error) => process.send(String(error), () => process.exit(1))
server.on('error', failed).listen({ host: process.argv[1], port: Number(process.argv[2]), backlog: 511 }, () =>
  process.send('listening', server, () => process.exit(0)))
`

function listenWithin<T>(holder: number, address: string, take: (socket: Server) => T): Promise<T> {
  const enter = [...enterUser(holder), `--net=/proc/${holder}/ns/net`, '--']
  const child = spawn('nsenter', [...enter, process.execPath, '-e', LISTEN, address, String(JOB_PORT)], {
    env: helperEnvironment(),
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS)
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const taken = new Promise<T>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => reject(new Error(said.trim() || `nsenter ended with ${code}`)))
    child.once('message', (message, socket) => {
      // The listening socket of a net.Server arrives as one.
      if (socket && message === 'listening') resolve(take(socket as Server))
      else reject(new Error(JSON.stringify(message)))
    })
  })
  return taken.finally(() => clearTimeout(timer))
}

function keyOf({ jobId, attempt }: InstanceId): string {
  return `${jobId}/${attempt}`
}
