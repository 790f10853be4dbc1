import type { Static, TSchema } from 'typebox'
import type { Principal } from '../identity/principal.ts'

/** The circumstances of one request, the same for every service. */
export interface Call {
  readonly principal: Principal
  /** Of the credential scope; every well-formed region exists. */
  readonly region: string
  readonly requestId: string
  /** `amz-sdk-invocation-id`: the same over all retries of one client call (wire 2). */
  readonly invocationId?: string
  /** SHA-256 of the body, hex. */
  readonly bodyHash: string
  readonly signal: AbortSignal
}

/** What a call does to what the server keeps. */
export type Access = 'read' | 'write'

/** One operation of a JSON or Query service: its input has been decoded and validated against `input` when `handle` sees it. */
export interface Operation<Input extends TSchema = TSchema> {
  /** A read-only key may call what only reads. */
  readonly access: Access
  /** A job may call it too, with its own session and about itself; the operation decides what that is. */
  readonly byJobs?: true
  readonly input: Input
  /** @returns the output's members, `RawJson`, or undefined where the operation has no output. @throws AwsError */
  handle(input: Static<Input>, call: Call): Promise<object | RawJson | undefined>
}

/** An answer that is JSON text already: what is stored as text is spliced, not parsed and made again. */
export class RawJson {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/**
 * The exceptions that codes of the Query protocol are called in JSON and CBOR. Operations throw the codes; clients get both, because botocore
 * reports the code and picks the class by the exception (wire 4).
 */
export type QueryErrors = Readonly<Record<string, string>>

/** A service on the one port (wire 1). Where it has `queryErrors`, and by Query, dates in outputs are written as the protocol writes times. */
export type Service =
  | {
      readonly name: string
      readonly protocol: 'json'
      /** Part of `X-Amz-Target` before the dot. */ readonly targetPrefix: string
      readonly jsonVersion: '1.0' | '1.1'
      readonly errorMember: 'message' | 'Message'
      /** Code of an input that breaks its shape; `ValidationException` where the service has none of its own (wire 2). */
      readonly validationCode?: string
      /** Set where the service spoke Query before: see `QueryErrors`. */
      readonly queryErrors?: QueryErrors
      readonly operations: Readonly<Record<string, Operation>>
    }
  | {
      readonly name: string
      readonly protocol: 'cbor'
      /** Between `/service/` and `/operation/` in the path (wire 4). */ readonly target: string
      readonly queryErrors: QueryErrors
      readonly operations: Readonly<Record<string, Operation>>
    }
  | {
      readonly name: string
      readonly protocol: 'rest-json'
      /** The service's name in the credential scope, which is another's here. */ readonly scope: string
      /** Method and path of each operation: `PUT /BatchPutMetrics`. */ readonly routes: Readonly<
        Record<string, string>
      >
      readonly operations: Readonly<Record<string, Operation>>
    }
  | {
      readonly name: string
      readonly protocol: 'query'
      readonly version: string
      readonly xmlNamespace: string
      readonly operations: Readonly<Record<string, Operation>>
    }

/** Keeps an operation's own input type while it is put into a table of all. */
export function operation<Input extends TSchema>(definition: Operation<Input>): Operation {
  return definition
}
