import type { JobSpec } from './job-spec.ts'

export type Update = 'nothing' | 'profiler' | 'remote-debug' | { readonly keepAlive: number }

/** A request of a client. Names differ from others also by case alone. */
export type Request =
  | AwsRequest
  | { readonly do: 'interrupt'; readonly name: string }
  | { readonly do: 'describe'; readonly name: string }

/** Those that are an operation of AWS which changes something. */
export type AwsRequest =
  | { readonly do: 'create'; readonly name: string; readonly job: JobSpec }
  | { readonly do: 'stop' | 'delete'; readonly name: string }
  | { readonly do: 'update'; readonly name: string; readonly what: Update }

/** One step of a program. */
export type Step =
  | Request
  /** Milliseconds. */
  | { readonly do: 'advance'; readonly by: number }
  /** To the next moment at which something is expected to happen, and so many milliseconds before or after it. */
  | { readonly do: 'advance to next'; readonly off: number }
  /** The server is dropped, and another one opens its folder so many milliseconds later. */
  | { readonly do: 'crash'; readonly down: number }
  /** Dropped while it answers a request: so many turns of the event loop after that was sent. */
  | { readonly do: 'crash during'; readonly request: Request; readonly turns: number; readonly down: number }
  /** The server is closed in order, and started again. */
  | { readonly do: 'restart'; readonly down: number }

/** What a request is answered with: nothing of interest, or an error. */
export interface Answer {
  readonly code?: string
  /** Where AWS's own text is known. */
  readonly message?: string
  /** Of an interruption: whether the job was still to be interrupted. */
  readonly interrupted?: boolean
  /** The name that a job was given, of one that is described by it in whatever case (behaviour 2.4). */
  readonly found?: string
}
