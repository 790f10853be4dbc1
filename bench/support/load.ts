import { connect, type Socket } from 'node:net'

export interface Outcome {
  /** Milliseconds from the first request to the last answer. */
  readonly total: number
  /** Of each answer, in milliseconds. */
  readonly latencies: readonly number[]
  /** Statuses, and how many answers had each. */
  readonly statuses: Readonly<Record<string, number>>
}

/** Sends whole requests over so many connections, each the next one when it has its answer. Cheaper than any server, so that it is the server that is measured. */
export async function load(port: number, requests: readonly Buffer[], connections: number): Promise<Outcome> {
  const latencies: number[] = []
  const statuses: Record<string, number> = {}
  const queue = requests.values()
  const start = performance.now()
  const runners = Array.from({ length: Math.min(connections, requests.length) }, async () => {
    let connection = await Connection.open(port)
    for (const request of queue) {
      if (connection.isOver) connection = await Connection.open(port)
      const sent = performance.now()
      const status = await connection.exchange(request)
      latencies.push(performance.now() - sent)
      statuses[status] = (statuses[status] ?? 0) + 1
    }
    connection.close()
  })
  await Promise.all(runners)
  return { total: performance.now() - start, latencies, statuses }
}

/** One request on a connection of its own. @returns the body of the answer */
export async function answerOf(port: number, request: Buffer): Promise<string> {
  const connection = await Connection.open(port)
  await connection.exchange(request)
  connection.close()
  return connection.body
}

const END_OF_HEAD = Buffer.from('\r\n\r\n')

/** One keep-alive connection, one request at a time. */
class Connection {
  readonly #socket: Socket
  #received: Buffer = Buffer.alloc(0)
  #answer: PromiseWithResolvers<string> | undefined
  isOver = false
  /** Of the last answer. */
  body = ''

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#take(chunk))
    socket.on('error', (error) => this.#answer?.reject(error))
    socket.on('close', () => this.#end())
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new Connection(socket)))
      socket.once('error', reject)
    })
  }

  /** @returns the answer's status */
  exchange(request: Buffer): Promise<string> {
    this.#answer = Promise.withResolvers()
    this.#socket.write(request)
    return this.#answer.promise
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const end = this.#received.indexOf(END_OF_HEAD)
    if (end === -1) return
    const head = this.#received.toString('latin1', 0, end).toLowerCase()
    const length = Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1])
    if (this.#received.length < end + 4 + length) return
    if (head.includes('\r\nconnection: close') || head.startsWith('http/1.0')) this.#stop()
    this.body = this.#received.toString('utf8', end + 4)
    this.#received = Buffer.alloc(0)
    const status = head.slice(9, 12)
    this.#answer?.resolve(status)
  }

  #stop(): void {
    this.isOver = true
    this.#socket.destroy()
  }

  #end(): void {
    this.isOver = true
    this.#answer?.reject(new Error('the server closed the connection'))
  }
}
