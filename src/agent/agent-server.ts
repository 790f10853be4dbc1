import { mkdirSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { once } from 'node:events'
import { InstanceError, type InstanceId, type Leave } from '../runtime/runtime.ts'
import { instanceName, knownInstances } from './instance-folder.ts'
import { InstanceWork, type AgentContext } from './instance-work.ts'
import { receiveMessages, sendMessage } from './message-lines.ts'
import { PROTOCOL_VERSION, type Call, type CallError, type Collected, type ToAgent } from './messages.ts'
import { agentSocket, withSocketAddress } from './socket-address.ts'

/** Listens for the server and does what it asks. */
export class AgentServer {
  readonly #context: AgentContext
  readonly #instances = new Map<string, InstanceWork>()
  readonly #connections = new Set<Socket>()
  readonly #server: Server

  constructor(context: AgentContext) {
    this.#context = context
    this.#server = createServer((socket) => this.#accept(socket))
  }

  /** Begins to accept. To be called by the holder of the agent's lock only, because it takes the socket's place from whoever had it. */
  async listen(): Promise<void> {
    const path = agentSocket(this.#context.dataFolder)
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    rmSync(path, { force: true })
    await withSocketAddress(path, async (address) => {
      this.#server.listen(address)
      await once(this.#server, 'listening')
    })
  }

  /** Follows every command that an earlier agent left running, so that its log is kept whether a server asks or not. */
  async adoptAll(): Promise<void> {
    for (const id of await knownInstances(this.#context.dataFolder)) {
      await this.#work(id)
        .adopt()
        .catch((error: unknown) => this.#context.log.warn({ err: error, instance: id }, 'nothing to adopt'))
    }
  }

  /** No server is connected and no command runs. */
  get idle(): boolean {
    return this.#connections.size === 0 && ![...this.#instances.values()].some(({ running }) => running)
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#connections) socket.destroy()
    for (const work of this.#instances.values()) work.close()
  }

  #accept(socket: Socket): void {
    this.#connections.add(socket)
    const calls = new Map<number, AbortController>()
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      for (const call of calls.values()) call.abort()
      this.#connections.delete(socket)
      this.#context.changed()
    })
    receiveMessages<ToAgent>(socket, (message) => this.#receive(socket, calls, message))
  }

  #receive(socket: Socket, calls: Map<number, AbortController>, message: ToAgent): void {
    const { version, id } = message
    if (message.kind === 'end') return this.#context.end()
    if (version !== PROTOCOL_VERSION) return this.#refuse(socket, id)
    if (message.kind === 'cancel') return calls.get(id)?.abort()
    const controller = new AbortController()
    calls.set(id, controller)
    void this.#answer(socket, id, message.body, controller.signal).finally(() => {
      calls.delete(id)
      this.#context.changed()
    })
  }

  #refuse(socket: Socket, id: number): void {
    const error = { kind: 'version', speaks: PROTOCOL_VERSION } as const satisfies CallError
    sendMessage(socket, { version: PROTOCOL_VERSION, id, kind: 'error', error })
  }

  async #answer(socket: Socket, id: number, call: Call, signal: AbortSignal): Promise<void> {
    try {
      const result = (await this.#perform(call, signal)) ?? null
      sendMessage(socket, { version: PROTOCOL_VERSION, id, kind: 'result', result })
    } catch (error) {
      sendMessage(socket, { version: PROTOCOL_VERSION, id, kind: 'error', error: this.#describe(error, call, signal) })
    }
  }

  #describe(error: unknown, call: Call, signal: AbortSignal): CallError {
    if (signal.aborted) return { kind: 'cancelled' }
    if (error instanceof InstanceError) return { kind: 'instance', fault: error.fault, message: error.message }
    this.#context.log.error({ err: error, call: call.call }, 'a call failed unexpectedly')
    return { kind: 'instance', fault: 'platform', message: `The agent could not ${call.call}: ${String(error)}` }
  }

  #perform(call: Call, signal: AbortSignal): Promise<unknown> {
    switch (call.call) {
      case 'hello':
        return Promise.resolve({ pid: process.pid })
      case 'launch':
        return this.#work(call.order.spec.id).launch(call.order, signal)
      case 'download':
        return this.#work(call.instance).download(call, signal)
      case 'network':
        return this.#work(call.instance).network()
      case 'start':
        return this.#work(call.instance).start()
      case 'wait':
        return this.#work(call.instance).wait(signal)
      case 'stop':
        return this.#work(call.instance).stop(call.graceMs, call.to, signal)
      case 'collect':
        return this.#collect(call.instances, signal)
      case 'destroy':
        return this.#destroy(call.instance, call)
      default:
        return call satisfies never
    }
  }

  #work(id: InstanceId): InstanceWork {
    const name = instanceName(id)
    const known = this.#instances.get(name)
    if (known) return known
    const work = new InstanceWork(this.#context, id)
    this.#instances.set(name, work)
    return work
  }

  #collect(instances: readonly InstanceId[], signal: AbortSignal): Promise<Collected> {
    const works = instances.map((id) => this.#work(id))
    const [first] = works
    return first ? first.collect(works, signal) : Promise.resolve({ artifacts: [], leftOut: [] })
  }

  async #destroy(id: InstanceId, leave: Required<Leave>): Promise<void> {
    await this.#work(id).destroy(leave)
    this.#instances.delete(instanceName(id))
  }
}
