import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import type { DataFolder } from './data-folder/data-folder.ts'
import type { HttpFront, ListenOptions } from './http/http-front.ts'
import { errorCode } from './util/error-code.ts'

/** Where a server shall listen. */
export interface ListenerOptions {
  readonly host: string
  /** 0 takes a free one, the same as the last time if it can be had. */
  readonly port: number
  readonly tls?: { readonly certFile: string; readonly keyFile: string }
  /** Allows listening beyond loopback without TLS. */
  readonly insecure: boolean
}

/** A server that cannot listen where it was told to; the message says what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
  readonly code: 'AddressInUse' | 'InsecureAddress' | 'CannotListen'

  constructor(code: ListenError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Finds the address that clients and jobs use, and says it in the data folder. */
export class Listener {
  readonly #options: ListenerOptions
  readonly #folder: DataFolder
  #jobEndpoint = ''

  constructor(options: ListenerOptions, folder: DataFolder) {
    this.#options = options
    this.#folder = folder
  }

  /**
   * Where jobs of this machine reach the server; an IP literal wherever the host is one, because with a name S3 clients may switch to
   * `bucket.name` addressing.
   */
  get jobEndpoint(): { readonly url: string } {
    return { url: this.#jobEndpoint }
  }

  /** @returns the address of the server, in a form that clients can use */
  async listen(front: HttpFront): Promise<string> {
    const { host, tls } = this.#options
    if (!isLoopback(host) && !tls && !this.#options.insecure) throw insecure(host)
    const secrets = tls && { cert: await secret(tls.certFile), key: await secret(tls.keyFile) }
    const { port } = await this.#listenSomewhere(front, secrets ? { host, tls: secrets } : { host })
    const url = `${tls ? 'https' : 'http'}://${reachable(host)}:${port}`
    this.#jobEndpoint = tls ? await this.#plainLoopback(front, port + 1) : url
    await this.#folder.announce({ url, host, port, startedAt: new Date().toISOString() })
    return url
  }

  /** A job knows nothing of a private certificate, so beside TLS there is a plain listener that only this machine reaches. */
  async #plainLoopback(front: HttpFront, preferred: number): Promise<string> {
    const host = '127.0.0.1'
    const { port } = await front
      .listen({ host, port: preferred < 65_536 ? preferred : 0 })
      .catch(() => front.listen({ host, port: 0 }))
    return `http://${host}:${port}`
  }

  async #listenSomewhere(front: HttpFront, address: Omit<ListenOptions, 'port'>): Promise<{ readonly port: number }> {
    const { port } = this.#options
    const previous = this.#folder.previousPort
    if (port === 0 && previous !== undefined) {
      // Jobs that an earlier life of this server started know it by this port.
      const again = await front.listen({ ...address, port: previous }).catch(() => undefined)
      if (again) return again
    }
    try {
      return await front.listen({ ...address, port })
    } catch (error) {
      throw cannotListen(address.host, port, error)
    }
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/** A wildcard address is no address to connect to. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return isIP(host) === 6 ? `[${host}]` : host
}

async function secret(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new ListenError('CannotListen', `The file ${file} cannot be read: --tls-cert and --tls-key name PEM files.`, {
      cause: error,
    })
  }
}

function insecure(host: string): ListenError {
  return new ListenError(
    'InsecureAddress',
    `Listening on ${host} lets other machines in. Give --tls-cert and --tls-key, or say --insecure to do it without encryption.`,
  )
}

function cannotListen(host: string, port: number, error: unknown): ListenError {
  if (errorCode(error) === 'EADDRINUSE') {
    const text = `Port ${port} of ${host} is in use by another program. Choose another with --port, or --port 0 for a free one.`
    return new ListenError('AddressInUse', text, { cause: error })
  }
  const detail = error instanceof Error ? error.message : String(error)
  return new ListenError('CannotListen', `Cannot listen on ${host}, port ${port}: ${detail}`, { cause: error })
}
