import { ServiceError } from '../../client/client-errors.ts'
import type { SignedClient } from '../../client/signed-client.ts'

const LOG_GROUP = '/aws/sagemaker/TrainingJobs'

export interface LogLine {
  /** `algo-1` */
  readonly host: string
  /** Whether the job has more hosts than this one, so that it must be said whose line it is. */
  readonly amongSeveral: boolean
  /** Epoch milliseconds. */
  readonly time: number
  readonly text: string
}

interface StreamsPage {
  readonly logStreams?: readonly { readonly logStreamName: string }[]
  readonly nextToken?: string
}

interface EventsPage {
  readonly events: readonly { readonly timestamp: number; readonly message: string }[]
  readonly nextForwardToken: string
}

/** Reads the lines of a job's streams as they come, each once: the forward token of every stream is kept (client-flows 3). */
export class LogReader {
  readonly #client: SignedClient
  readonly #job: string
  /** By stream; undefined before the first page. */
  readonly #tokens = new Map<string, string | undefined>()

  constructor(client: SignedClient, job: string) {
    this.#client = client
    this.#job = job
  }

  /** All lines that have come since the last call, in the order of their times, stream by stream within a millisecond. */
  async read(signal?: AbortSignal): Promise<readonly LogLine[]> {
    for (const name of await this.#streams(signal)) if (!this.#tokens.has(name)) this.#tokens.set(name, undefined)
    const lines: LogLine[] = []
    for (const name of this.#tokens.keys()) lines.push(...(await this.#newLines(name, signal)))
    return lines.sort((a, b) => a.time - b.time)
  }

  async #streams(signal: AbortSignal | undefined): Promise<readonly string[]> {
    const names: string[] = []
    let nextToken: string | undefined
    do {
      const input = { logGroupName: LOG_GROUP, logStreamNamePrefix: `${this.#job}/`, ...(nextToken && { nextToken }) }
      const page = await this.#page<StreamsPage>('DescribeLogStreams', input, signal)
      names.push(...(page?.logStreams ?? []).map((stream) => stream.logStreamName))
      nextToken = page?.nextToken
    } while (nextToken !== undefined)
    return names
  }

  async #newLines(stream: string, signal: AbortSignal | undefined): Promise<readonly LogLine[]> {
    const host = hostOf(stream)
    // The streams of all instances are there before the first of them starts.
    const amongSeveral = new Set(Array.from(this.#tokens.keys(), hostOf)).size > 1
    const lines: LogLine[] = []
    for (;;) {
      const nextToken = this.#tokens.get(stream)
      const input = {
        logGroupName: LOG_GROUP,
        logStreamName: stream,
        startFromHead: true,
        ...(nextToken && { nextToken }),
      }
      const page = await this.#page<EventsPage>('GetLogEvents', input, signal)
      if (!page) return lines
      this.#tokens.set(stream, page.nextForwardToken)
      if (page.events.length === 0) return lines
      lines.push(
        ...page.events.map(({ timestamp, message }) => ({ host, amongSeveral, time: timestamp, text: message })),
      )
    }
  }

  /** Before the first instance of the first job there is no group. */
  async #page<Page>(operation: string, input: object, signal: AbortSignal | undefined): Promise<Page | undefined> {
    try {
      return (await this.#client.call('logs', operation, input, { signal })) as Page
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'ResourceNotFoundException') return undefined
      throw error
    }
  }
}

function hostOf(stream: string): string {
  return /\/(algo-\d+)-/.exec(stream)?.[1] ?? stream
}
