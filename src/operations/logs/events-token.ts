import { crc32 } from 'node:zlib'
import type { PagePosition } from '../../telemetry/log-page.ts'
import { invalidNextToken } from './errors.ts'

export type EventsPlace = Extract<PagePosition, { readonly offset: number }>

/** `f/` or `b/` and 56 digits, as the real service's: ten that tie the token to its stream, the rest an offset. */
const TOKEN = /^([fb])\/(\d{10})(\d{46})$/

export function encodeEventsToken({ from, offset }: EventsPlace, streamName: string): string {
  return `${from === 'after' ? 'f' : 'b'}/${streamKey(streamName)}${String(offset).padStart(46, '0')}`
}

/** @throws AwsError for a token that was not given out, or for another stream */
export function decodeEventsToken(token: string, streamName: string): EventsPlace {
  const [, direction, key, digits] = TOKEN.exec(token) ?? []
  const offset = Number(digits)
  if (key !== streamKey(streamName) || !Number.isSafeInteger(offset)) throw invalidNextToken()
  return { from: direction === 'f' ? 'after' : 'before', offset }
}

function streamKey(streamName: string): string {
  return String(crc32(streamName)).padStart(10, '0')
}
