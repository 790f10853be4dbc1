import { Type } from 'typebox'
import type { Static } from 'typebox'
import { invalidNextToken } from './errors.ts'
import type { DescribeLogStreamsRequest } from './inputs.ts'
import { decodePageToken, encodePageToken } from './page-token.ts'

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
  return encodePageToken([name, time, listKey(list)])
}

/** @throws AwsError for a token that was not given out, or for another list */
export function decodeStreamsToken(token: string, list: StreamsList): StreamsPlace {
  const [name, time, key] = decodePageToken(token, shape)
  if (key !== listKey(list)) throw invalidNextToken()
  return { name, time }
}

function listKey({ logStreamNamePrefix, orderBy, descending }: StreamsList): string {
  return JSON.stringify([logStreamNamePrefix ?? '', orderBy ?? 'LogStreamName', descending ?? false])
}
