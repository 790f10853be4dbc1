import { Readable } from 'node:stream'
import type { JobClock } from '../../clock/clock.ts'
import type { JobRehearsal } from '../../rehearsal/job-rehearsal.ts'
import { slowStore } from '../../rehearsal/rehearsed-data.ts'
import type { Rehearsing } from '../../rehearsal/rehearsing.ts'
import { s3Error } from './s3-errors.ts'
import type { S3Service } from './s3-request.ts'

const READS = ['GET', 'HEAD']

/** Breaks what jobs that are rehearsed ask of S3 themselves: the key of their session tells whose a request is. All others pass. */
export function rehearsedS3(service: S3Service, rehearsals: Pick<Rehearsing, 'of'>, clock: JobClock): S3Service {
  return async (request) => {
    const { scope } = request.call.principal
    const rehearsal = scope.kind === 'buckets' ? await rehearsals.of(scope.jobId) : undefined
    if (!rehearsal) return service(request)
    await failCall(rehearsal, READS.includes(request.method) ? 'read' : 'write')
    const pace = paceOf(rehearsal, clock)
    if (!pace) return service(request)
    const response = await service({ ...request, body: paced(request.body, pace) })
    const { body } = response
    if (!(body instanceof Readable)) return response
    return { ...response, body: Readable.from(paced(body, pace), { objectMode: false }) }
  }
}

/** @throws AwsError: SlowDown, which clients try again, or AccessDenied, which they do not */
async function failCall(rehearsal: JobRehearsal, access: 'read' | 'write'): Promise<void> {
  for (const injection of rehearsal.plan.injections) {
    if (injection.kind !== 'fail-store' || injection.access !== access) continue
    if (injection.stage === undefined || injection.stage !== rehearsal.visit.stage) continue
    if (await rehearsal.take(injection)) throw s3Error(injection.fault === 'client' ? 'AccessDenied' : 'SlowDown')
  }
}

interface Pace {
  /** Of the slowest that the rehearsal names. */
  readonly bytesPerSecond: number
  /** Lasts as long as so many bytes take. */
  took(bytes: number): Promise<void>
}

/** @returns undefined where the store is not slow */
function paceOf(rehearsal: JobRehearsal, clock: JobClock): Pace | undefined {
  const rates = rehearsal.plan.injections.flatMap((injection) =>
    injection.kind === 'slow-store' ? injection.bytesPerSecond : [],
  )
  if (rates.length === 0) return undefined
  return {
    bytesPerSecond: Math.min(...rates),
    async took(bytes) {
      const { leaving: signal } = rehearsal
      // A job that leaves its stage, or a server that closes, waits for nothing more.
      await slowStore(rehearsal, { clock, signal }, bytes).catch((error: unknown) => {
        if (!signal.aborted) throw error
      })
    },
  }
}

/** The same bytes, at most a second's worth at once, so that nobody takes the connection for dead. */
async function* paced(bytes: AsyncIterable<Uint8Array>, pace: Pace): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += pace.bytesPerSecond) {
      const piece = chunk.subarray(at, at + pace.bytesPerSecond)
      await pace.took(piece.length)
      yield piece
    }
  }
}
