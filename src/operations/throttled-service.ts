import type { WireClock } from '../clock/clock.ts'
import { AwsError } from '../protocol/errors.ts'
import type { Operation, Service } from './operation.ts'

/** Requests a second that an operation takes, of one account in one region. */
export type RequestRates = Readonly<Record<string, number>>

/**
 * Of SageMaker's training API. ListTrainingJobs is a quota of every account that cannot be raised, and Search and CreateTrainingJob are seen throttled;
 * the numbers of all but ListTrainingJobs are [unknown - recommended behaviour].
 */
export const AWS_RATES: RequestRates = {
  ListTrainingJobs: 2,
  Search: 2,
  CreateTrainingJob: 2,
  StopTrainingJob: 2,
  UpdateTrainingJob: 2,
  DeleteTrainingJob: 2,
  DescribeTrainingJob: 10,
  AddTags: 5,
  ListTags: 5,
  DeleteTags: 5,
}

/** Answers what comes faster than the rates with ThrottlingException, which clients try again. */
export function throttledService(service: Service, rates: RequestRates, clock: WireClock): Service {
  const buckets = new TokenBuckets(clock)
  const operations = Object.entries(service.operations).map(([name, operation]) => {
    const rate = rates[name]
    return [name, rate === undefined ? operation : throttled(operation, { name, rate, buckets })] as const
  })
  return { ...service, operations: Object.fromEntries(operations) }
}

interface Throttle {
  readonly name: string
  readonly rate: number
  readonly buckets: TokenBuckets
}

function throttled(operation: Operation, { name, rate, buckets }: Throttle): Operation {
  return {
    ...operation,
    handle(input, call) {
      if (buckets.take(`${call.principal.account} ${call.region} ${name}`, rate)) return operation.handle(input, call)
      return Promise.reject(new AwsError('ThrottlingException', 'Rate exceeded'))
    },
  }
}

interface Bucket {
  tokens: number
  at: number
}

const MOST_BUCKETS = 10_000

/** One bucket a key: it holds what may come in a second, and fills as fast. */
class TokenBuckets {
  readonly #clock: WireClock
  readonly #buckets = new Map<string, Bucket>()

  constructor(clock: WireClock) {
    this.#clock = clock
  }

  take(key: string, rate: number): boolean {
    const now = this.#clock.now()
    const bucket = this.#buckets.get(key) ?? this.#add(key, { tokens: rate, at: now })
    // A step back of the clock fills nothing and empties nothing.
    bucket.tokens = Math.min(rate, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * rate)
    bucket.at = now
    if (bucket.tokens < 1) return false
    bucket.tokens--
    return true
  }

  #add(key: string, bucket: Bucket): Bucket {
    // One that has not been asked for a second is full, and need not be remembered.
    if (this.#buckets.size >= MOST_BUCKETS)
      for (const [old, { at }] of this.#buckets) if (bucket.at - at >= 1000) this.#buckets.delete(old)
    this.#buckets.set(key, bucket)
    return bucket
  }
}
