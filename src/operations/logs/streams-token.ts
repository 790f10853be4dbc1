import { Type } from 'typebox'
import type { Static } from 'typebox'
import { Check } from 'typebox/value'
import { invalidNextToken } from './errors.ts'
import type { DescribeLogStreamsRequest } from './inputs.ts'

/** A place in a list of streams. */
export interface StreamsPlace {
  readonly name: string
  /** Of the last event, epoch milliseconds; 0 where the order is by name. */
  readonly time: number
}

/** What a token is good for: the same list, from another place. */
export type StreamsList = Pick<
  Static<typeof DescribeLogStreamsRequest>,
  'logStreamNamePrefix' | 'orderBy' | 'descending'
>

const shape = Type.Tuple([Type.String(), Type.Number(), Type.String()])

export function encodeStreamsToken({ name, time }: StreamsPlace, list: StreamsList): string {
  return Buffer.from(JSON.stringify([name, time, listKey(list)])).toString('base64url')
}

/** @throws AwsError for a token that was not given out, or for another list */
export function decodeStreamsToken(token: string, list: StreamsList): StreamsPlace {
  const value = parse(token)
  if (!Check(shape, value) || value[2] !== listKey(list)) throw invalidNextToken()
  const [name, time] = value
  return { name, time }
}

function listKey({ logStreamNamePrefix, orderBy, descending }: StreamsList): string {
  return JSON.stringify([logStreamNamePrefix ?? '', orderBy ?? 'LogStreamName', descending ?? false])
}

function parse(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString())
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}
