/** How a server is asked for; everything else comes from the configuration file in the data folder. */
export interface AppOptions {
  /** The data folder; made if missing. */
  readonly data: string
  readonly host: string
  /** 0 takes a free one, the same as the last time if it can be had. */
  readonly port: number
  readonly runtime: 'auto' | 'process' | 'simulated'
  /** Accept jobs and start none. */
  readonly hold: boolean
  readonly tls?: { readonly certFile: string; readonly keyFile: string }
  /** Allows listening beyond loopback without TLS. */
  readonly insecure: boolean
  /** The environment of the shell that started the server: PATH, VIRTUAL_ENV and CONDA_PREFIX decide which python is `local/python`. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** A server that accepts requests. */
export interface App {
  /** `http://127.0.0.1:8484` */
  readonly url: string
  readonly account: string
  readonly region: string
  readonly defaultBucket: string
  /** Stops accepting, lets go of running jobs without ending them, closes the store. Idempotent. */
  close(): Promise<void>
}
