import type { Socket } from 'node:net'
import { abortable } from '../../util/abortable.ts'
import { receiveMessages, sendMessage } from '../../agent/message-lines.ts'
import {
  PROTOCOL_VERSION,
  type AgentCalls,
  type Call,
  type CallError,
  type CallName,
  type FromAgent,
} from '../../agent/messages.ts'
import { agentSocket } from '../../agent/socket-address.ts'
import { InstanceError } from '../runtime.ts'
import type { AgentClientOptions } from './agent-client-options.ts'
import { AgentStarter } from './agent-starter.ts'
import { openAgentSocket } from './open-agent-socket.ts'

/** No call's. */
const END_ID = 0

interface Pending {
  readonly body: Call
  readonly answer: PromiseWithResolvers<unknown>
}

/** The runtime was closed while something was asked of its agent; the agent goes on. */
export class AgentClosedError extends Error {
  override readonly name = 'AgentClosedError'
  readonly code = 'AGENT_CLOSED'
}

/** An agent of another version of Trainyard still looks after running jobs. */
export class AgentVersionError extends Error {
  override readonly name = 'AgentVersionError'
  readonly code = 'AGENT_VERSION'

  constructor(speaks: number) {
    super(
      `The agent of this data folder speaks version ${speaks} of its protocol, this server version ${PROTOCOL_VERSION}: ` +
        'let its jobs end under the version that started them, then start this one.',
    )
  }
}

/**
 * Calls the agent of a data folder. Starts it when it does not answer; when it dies, starts the next one and asks again whatever has not been answered,
 * which every call allows.
 */
export class AgentClient {
  readonly #options: AgentClientOptions
  readonly #starter: AgentStarter
  readonly #closing = new AbortController()
  readonly #pending = new Map<number, Pending>()
  #lastId = 0
  #socket: Socket | undefined
  #connecting: Promise<void> | undefined
  /** The connection of an agent that has been asked to end. */
  #replacing: Socket | undefined

  constructor(options: AgentClientOptions) {
    this.#options = options
    this.#starter = new AgentStarter(options)
  }

  get isConnected(): boolean {
    return this.#socket !== undefined
  }

  /** @throws InstanceError as the agent throws it; the signal's reason as soon as it aborts, while the agent is told to leave it */
  async call<K extends CallName>(
    call: K,
    request: AgentCalls[K]['request'],
    signal: AbortSignal = new AbortController().signal,
  ): Promise<AgentCalls[K]['result']> {
    signal.throwIfAborted()
    if (this.#closing.signal.aborted) throw new AgentClosedError('The process runtime is closed.')
    const id = ++this.#lastId
    const answer = Promise.withResolvers<unknown>()
    // A name and the request that belongs to it: the compiler cannot see through the generic.
    const body = { call, ...request } as unknown as Call
    this.#pending.set(id, { body, answer })
    if (this.#socket) this.#send(this.#socket, id, body)
    else void this.#connect()
    try {
      // What the agent answers to this name is of this type, by the version that both have said.
      return (await abortable(answer.promise, signal)) as AgentCalls[K]['result']
    } finally {
      if (this.#pending.delete(id)) this.#cancel(id)
    }
  }

  /**
   * Lets go of the agent, which ends by itself once it has nothing to do.
   *
   * @param needed false when there is nothing to do: then one that is still starting is ended, which would wait for a server first
   */
  close(needed: boolean): void {
    this.#closing.abort()
    if (this.#socket) this.#socket.destroy()
    else if (!needed) this.#starter.end()
    this.#fail(new AgentClosedError('The process runtime is closed.'))
  }

  #send(socket: Socket, id: number, body: Call): void {
    sendMessage(socket, { version: PROTOCOL_VERSION, id, kind: 'call', body })
  }

  #cancel(id: number): void {
    if (this.#socket) sendMessage(this.#socket, { version: PROTOCOL_VERSION, id, kind: 'cancel' })
  }

  /** At most one attempt at a time; what fails it fails whatever is waiting. */
  #connect(): Promise<void> {
    this.#connecting ??= this.#reach()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => (this.#connecting = undefined))
    return this.#connecting
  }

  async #reach(): Promise<void> {
    const socket = await this.#starter.reach(
      () => openAgentSocket(agentSocket(this.#options.dataFolder)),
      this.#closing.signal,
    )
    if (this.#closing.signal.aborted) return void socket.destroy()
    this.#socket = socket
    socket.on('error', (error) => this.#options.log.warn({ err: error }, 'connection to the agent failed'))
    socket.on('close', () => this.#lost(socket))
    receiveMessages<FromAgent>(socket, (message) => this.#receive(socket, message))
    for (const [id, { body }] of this.#pending) this.#send(socket, id, body)
  }

  #lost(socket: Socket): void {
    if (this.#socket === socket) this.#socket = undefined
    if (this.#closing.signal.aborted) return
    this.#options.log.warn({ pending: this.#pending.size }, 'the agent has gone')
    // Also when nothing is asked: an agent leaves a living server by a crash only, and the logs of what runs must be followed.
    void this.#connect()
  }

  #receive(socket: Socket, message: FromAgent): void {
    const old = message.kind === 'error' && message.error.kind === 'version' && message.error.speaks < PROTOCOL_VERSION
    if (old && message.id !== END_ID) return this.#replace(socket)
    // One that cannot even be asked to end stays, and with it whatever is asked.
    if (old) return this.#fail(errorOf(message.error))
    const pending = this.#pending.get(message.id)
    if (!pending) return
    this.#pending.delete(message.id)
    if (message.kind === 'result') pending.answer.resolve(message.result)
    else pending.answer.reject(errorOf(message.error))
  }

  /** An agent of an earlier version makes room for one of ours, which is then asked again. */
  #replace(socket: Socket): void {
    if (this.#replacing === socket) return
    this.#replacing = socket
    this.#options.log.info('the agent is of an earlier version, and is replaced; jobs go on')
    sendMessage(socket, { version: PROTOCOL_VERSION, id: END_ID, kind: 'end' })
  }

  #fail(error: unknown): void {
    for (const { answer } of this.#pending.values()) {
      answer.promise.catch(() => undefined)
      answer.reject(error)
    }
    this.#pending.clear()
  }
}

function errorOf(error: CallError): Error {
  switch (error.kind) {
    case 'instance':
      return new InstanceError(error.fault, error.message)
    case 'cancelled':
      return new AgentClosedError('The call was cancelled.')
    case 'version':
      return new AgentVersionError(error.speaks)
    default:
      return error satisfies never
  }
}
