import { once } from 'node:events'
import { renameSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { receiveMessages, sendMessage } from '../../src/agent/message-lines.ts'
import type { CallName, FromAgent, ToAgent } from '../../src/agent/messages.ts'

/** What is lost of a call, with the connection that it is on: the request before the agent has it, or the answer to what the agent has done. */
export interface Loss {
  readonly call: CallName
  readonly what: 'request' | 'answer'
  /** Whether the first half of the message arrives. */
  readonly torn: boolean
}

/** Stands between a server and its agent, at the place of the agent's socket, and loses what it is told to. Nothing else of either knows of it. */
export class LossyRelay {
  readonly #path: string
  readonly #behind: string
  readonly #connections = new Set<Socket>()
  readonly #server: Server
  #loss: Loss | undefined
  #met = Promise.withResolvers<void>()

  private constructor(path: string) {
    this.#path = path
    this.#behind = `${path}.behind`
    this.#server = createServer((socket) => this.#accept(socket))
  }

  /** @param path of the socket on which an agent listens, that no server knows yet */
  static async inFrontOf(path: string): Promise<LossyRelay> {
    const relay = new LossyRelay(path)
    renameSync(path, relay.#behind)
    relay.#server.listen(path)
    await once(relay.#server, 'listening')
    // An agent to which nobody is connected ends when it has nothing to do.
    await once(relay.#connect(), 'connect')
    return relay
  }

  /** @returns resolves when that has been lost */
  lose(loss: Loss): Promise<void> {
    this.#met = Promise.withResolvers()
    this.#loss = loss
    return this.#met.promise
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#connections) socket.destroy()
    for (const path of [this.#path, this.#behind]) rmSync(path, { force: true })
  }

  #connect(): Socket {
    const socket = connect(this.#behind)
    this.#keep(socket)
    return socket
  }

  #keep(socket: Socket): void {
    this.#connections.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#connections.delete(socket))
  }

  #accept(server: Socket): void {
    this.#keep(server)
    const agent = this.#connect()
    const calls = new Map<number, CallName>()
    server.on('close', () => agent.destroy())
    agent.on('close', () => server.destroy())
    const both = [server, agent]
    receiveMessages<ToAgent>(server, (message) => {
      if (message.kind === 'call') calls.set(message.id, message.body.call)
      if (message.kind === 'call' && this.#isLost(message.body.call, 'request')) this.#lose(agent, message, both)
      else sendMessage(agent, message)
    })
    receiveMessages<FromAgent>(agent, (message) => {
      const call = calls.get(message.id)
      if (call !== undefined && this.#isLost(call, 'answer')) this.#lose(server, message, both)
      else sendMessage(server, message)
    })
  }

  #isLost(call: CallName, what: Loss['what']): boolean {
    return this.#loss?.call === call && this.#loss.what === what
  }

  #lose(receiver: Socket, message: object, connection: readonly Socket[]): void {
    const text = JSON.stringify(message)
    const torn = this.#loss?.torn === true
    this.#loss = undefined
    const end = () => {
      for (const socket of connection) socket.destroy()
      this.#met.resolve()
    }
    if (torn) receiver.write(text.slice(0, text.length / 2), end)
    else end()
  }
}
