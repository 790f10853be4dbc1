/** How a server for tests is asked for. */
export interface TestingOptions {
  /** Decides every id, key and name that the server makes: the same seed and the same calls give the same bytes. */
  readonly seed?: string
  /** Job time at which the server begins: 2026-01-01T00:00:00Z unless it is given. */
  readonly startTime?: Date
  /** Text of its `trainyard.yaml`. */
  readonly configuration?: string
  /** Plans by name, which jobs name by `@NAME` in `TRAINYARD_SIMULATE`. */
  readonly plans?: Readonly<Record<string, string>>
}

/** One line of a job's journal. */
export interface TestingJournalEntry {
  readonly cursor: number
  readonly kind: string
  /** Epoch milliseconds. */
  readonly time: number
  readonly data: Readonly<Record<string, unknown>>
}

/** A server in this process, on a free port and in a folder of its own, whose time stands still until it is moved. */
export interface TestingServer extends AsyncDisposable {
  /** `http://127.0.0.1:40123`: what a client takes as its endpoint. */
  readonly endpoint: string
  readonly region: string
  readonly account: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** The default bucket. */
  readonly bucket: string
  /** Job time, as it stands in Describe. */
  now(): Date
  /** Resolves when everything that is due within that time has happened. @param by `5d`, `90m`, or milliseconds */
  advance(by: string | number): Promise<void>
  /** Moves time on until every job has ended. @returns false where jobs are left to which nothing happens any more */
  runUntilIdle(): Promise<boolean>
  /** Takes a job's place away, as the end of spare capacity does. @returns false for one that is past it */
  interrupt(jobName: string): Promise<boolean>
  /** What Describe says of a job of the server's own account, and its journal. @throws where there is none */
  history(jobName: string): Promise<{
    readonly job: Readonly<Record<string, unknown>>
    readonly journal: readonly TestingJournalEntry[]
  }>
  /** Ends the server and removes its folder. */
  close(): Promise<void>
}

/** @throws where the options or the configuration are wrong, and says how */
export type StartTrainyard = (options?: TestingOptions) => Promise<TestingServer>
