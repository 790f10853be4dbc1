import { connect, type Socket } from 'node:net'

export interface RawResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A connection on which a test decides every byte. */
export class RawClient {
  readonly socket: Socket
  #received = Buffer.alloc(0)
  #ended = false
  #wake: (() => void) | undefined

  private constructor(socket: Socket) {
    this.socket = socket
    const signal = () => {
      this.#wake?.()
      this.#wake = undefined
    }
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk])
      signal()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#ended = true
      signal()
    })
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1')
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new RawClient(socket)
  }

  send(bytes: string | Buffer): void {
    this.socket.write(bytes)
  }

  /** A head in the order given, then the body. */
  sendRequest(line: string, headers: Readonly<Record<string, string>>, body: string | Buffer = ''): void {
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    this.send(Buffer.concat([Buffer.from(`${line} HTTP/1.1\r\n${head.join('')}\r\n`, 'latin1'), Buffer.from(body)]))
  }

  /** The next response, by Content-Length or chunks; `100 Continue` is one of its own. */
  async response(options: { readonly toHead?: boolean } = {}): Promise<RawResponse> {
    const headEnd = await this.#until((buffer) => buffer.indexOf('\r\n\r\n'))
    const [line = '', ...lines] = this.#take(headEnd + 4)
      .toString('latin1')
      .trimEnd()
      .split('\r\n')
    const headers = Object.fromEntries(
      lines.map((text) => [text.slice(0, text.indexOf(':')).toLowerCase(), text.slice(text.indexOf(':') + 1).trim()]),
    )
    const status = Number(line.split(' ')[1])
    if (status === 100 || status === 204 || status === 304 || options.toHead) return { status, headers, body: '' }
    return { status, headers, body: await this.#body(headers) }
  }

  /** Resolves when the server has closed its side. */
  async closed(): Promise<void> {
    while (!this.#ended) await this.#more()
  }

  close(): void {
    this.socket.destroy()
  }

  async #body(headers: Readonly<Record<string, string>>): Promise<string> {
    if (headers['transfer-encoding'] !== 'chunked') {
      const length = Number(headers['content-length'] ?? 0)
      await this.#until((buffer) => (buffer.length >= length ? 0 : -1))
      return this.#take(length).toString()
    }
    let body = ''
    for (;;) {
      const lineEnd = await this.#until((buffer) => buffer.indexOf('\r\n'))
      const size = Number.parseInt(this.#take(lineEnd + 2).toString(), 16)
      await this.#until((buffer) => (buffer.length >= size + 2 ? 0 : -1))
      body += this.#take(size + 2)
        .toString()
        .slice(0, -2)
      if (size === 0) return body
    }
  }

  #take(length: number): Buffer {
    const taken = this.#received.subarray(0, length)
    this.#received = this.#received.subarray(length)
    return taken
  }

  async #until(find: (received: Buffer) => number): Promise<number> {
    for (;;) {
      const found = find(this.#received)
      if (found !== -1) return found
      if (this.#ended) throw new Error(`the connection ended after ${JSON.stringify(this.#received.toString())}`)
      await this.#more()
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
