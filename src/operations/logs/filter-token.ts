import { hash } from 'node:crypto'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import type { MergePlace } from '../../telemetry/log-merge.ts'
import { invalidNextToken } from './errors.ts'
import type { FilterLogEventsRequest } from './inputs.ts'
import { decodePageToken, encodePageToken } from './page-token.ts'

/** What a token is good for: the same search, from another place. */
type Search = Pick<Static<typeof FilterLogEventsRequest>, 'logStreamNames' | 'logStreamNamePrefix' | 'filterPattern'>

const shape = Type.Tuple([Type.Number(), Type.String(), Type.Integer({ minimum: 0 }), Type.String()])

export function encodeFilterToken({ time, stream, end }: MergePlace, search: Search): string {
  return encodePageToken([time, stream, end, searchKey(search)])
}

/** @throws AwsError for a token that was not given out, or for another search */
export function decodeFilterToken(token: string, search: Search): MergePlace {
  const [time, stream, end, key] = decodePageToken(token, shape)
  if (key !== searchKey(search)) throw invalidNextToken()
  return { time, stream, end }
}

function searchKey({ logStreamNames = [], logStreamNamePrefix, filterPattern }: Search): string {
  return hash('sha256', JSON.stringify([logStreamNames, logStreamNamePrefix ?? '', filterPattern ?? ''])).slice(0, 16)
}
