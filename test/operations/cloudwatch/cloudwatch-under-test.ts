import assert from 'node:assert/strict'
import { cloudWatchServices } from '../../../src/operations/cloudwatch/service.ts'
import { decodeInput } from '../../../src/protocol/validate.ts'
import type { Store } from '../../../src/store/store.ts'
import { temporaryStore } from '../../store/temporary-store.ts'
import { testCall } from '../test-call.ts'

/** A whole minute, in epoch seconds. */
export const T = 1_700_000_040

export interface Datapoint {
  readonly Timestamp: Date
  readonly Unit: string
  readonly [statistic: string]: unknown
}

/** CloudWatch on a real store. Its clock stands one hour after `T`. */
export class CloudWatchUnderTest implements AsyncDisposable {
  readonly #under: Awaited<ReturnType<typeof temporaryStore>>

  private constructor(under: Awaited<ReturnType<typeof temporaryStore>>) {
    this.#under = under
  }

  static async open(): Promise<CloudWatchUnderTest> {
    return new CloudWatchUnderTest(await temporaryStore())
  }

  get store(): Store {
    return this.#under.store
  }

  /** Calls an operation as http does, with an input that its shape lets through. */
  async call<Output>(name: string, input: object): Promise<Output> {
    const now = () => (T + 3600) * 1000
    const clock = { now }
    const [service] = cloudWatchServices({ store: this.store, clock })
    const operation = service?.operations[name]
    assert.ok(operation)
    const decoded = decodeInput(operation.input, input)
    assert.equal(decoded.kind, 'valid', JSON.stringify(decoded))
    const output = await operation.handle(decoded.kind === 'valid' ? decoded.value : {}, testCall())
    return output as Output
  }

  async put(name: string, data: object): Promise<void> {
    await this.call('PutMetricData', { Namespace: 'ns', MetricData: [{ MetricName: name, ...data }] })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#under[Symbol.asyncDispose]()
  }
}
