import { hash } from 'node:crypto'
import type { Scope } from '../../store/store.ts'
import type { MergePlace } from '../../telemetry/log-merge.ts'

/**
 * The id of an event: 56 digits, as the real service's. It tells time, stream and place, so it is the same at every reading and no other event
 * of the account and region has it; `aws logs tail --follow` drops events by it (client-flows 6). Ids sort as their times do.
 */
export function eventId({ account, region, stream, time, end }: Scope & MergePlace): string {
  const key = BigInt(`0x${hash('sha256', `${account}/${region}/${stream}`).slice(0, 16)}`)
  return `${String(Math.floor(time)).padStart(16, '0')}${String(key).padStart(20, '0')}${String(end).padStart(20, '0')}`
}
