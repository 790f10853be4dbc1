import type { Socket } from 'node:net'

/**
 * The open connections of a server, bounded: whoever opens thousands and sends nothing must not keep others out, so that the connection that has been idle
 * longest makes room for a new one.
 */
export class Connections {
  readonly #most: number
  readonly #open = new Set<Socket>()
  /** Without a request under way; the longest first. */
  readonly #idle = new Set<Socket>()
  /** On which no request has come yet: Node counts them as busy, and would wait for them when closing. */
  readonly #fresh = new Set<Socket>()

  constructor(most: number) {
    this.#most = most
  }

  add(socket: Socket): void {
    if (this.#open.size >= this.#most) this.#makeRoom()
    if (this.#open.size >= this.#most) return void socket.destroy()
    this.#open.add(socket)
    this.#idle.add(socket)
    this.#fresh.add(socket)
    socket.once('close', () => this.#forget(socket))
  }

  /** A request has come on it. */
  busy(socket: Socket): void {
    this.#fresh.delete(socket)
    this.#idle.delete(socket)
  }

  /** Its request has been answered. */
  idle(socket: Socket): void {
    if (!this.#open.has(socket)) return
    this.#idle.delete(socket)
    this.#idle.add(socket)
  }

  endFresh(): void {
    for (const socket of this.#fresh) socket.destroy()
  }

  #makeRoom(): void {
    const [longest] = this.#idle
    if (!longest) return
    this.#forget(longest)
    longest.destroy()
  }

  #forget(socket: Socket): void {
    this.#open.delete(socket)
    this.#idle.delete(socket)
    this.#fresh.delete(socket)
  }
}
