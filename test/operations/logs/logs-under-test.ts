import assert from 'node:assert/strict'
import type { Call } from '../../../src/operations/operation.ts'
import { logsService } from '../../../src/operations/logs/service.ts'
import { decodeInput } from '../../../src/protocol/validate.ts'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { aJob } from '../../conformance/store/a-job.ts'
import { StreamWriter, TemporaryFolder } from '../../telemetry/stream-files.ts'

export const T = 1_700_000_000_000
export const LOG_GROUP = '/aws/sagemaker/TrainingJobs'
export const SCOPE = { account: '111122223333', region: 'us-east-1' } as const

export interface Stream {
  readonly logStreamName: string
  readonly arn: string
  readonly creationTime: number
  readonly firstEventTimestamp?: number
  readonly lastEventTimestamp?: number
  readonly lastIngestionTime?: number
  readonly storedBytes: number
}

export interface Events {
  readonly events: readonly { readonly timestamp: number; readonly message: string; readonly ingestionTime: number }[]
  readonly nextForwardToken: string
  readonly nextBackwardToken: string
}

/** The Logs service on a real store and real files. */
export class LogsUnderTest implements AsyncDisposable {
  readonly #folder: TemporaryFolder
  readonly store: Store
  readonly #service: ReturnType<typeof logsService>

  private constructor(store: Store, folder: TemporaryFolder) {
    this.store = store
    this.#folder = folder
    this.#service = logsService({ store, logsFolder: folder.path })
  }

  static async open(): Promise<LogsUnderTest> {
    const folder = new TemporaryFolder()
    const store = await openSqliteStore({ path: folder.file('store.db') })
    await store.insertJob(aJob(1))
    return new LogsUnderTest(store, folder)
  }

  async stream(name: string, creationTime = T): Promise<StreamWriter> {
    const file = name.replaceAll('/', '-')
    await this.store.insertLogStream({ ...SCOPE, name, jobId: aJob(1).id, file, creationTime })
    return new StreamWriter(this.#folder.file(file))
  }

  /** Calls an operation as http does, with an input that its shape lets through. */
  async call<Output>(operation: string, input: object, region: string = SCOPE.region): Promise<Output> {
    assert.equal(this.#service.protocol, 'json')
    const described = this.#service.operations[operation]!
    const decoded = decodeInput(described.input, input)
    assert.equal(decoded.kind, 'valid', JSON.stringify(decoded))
    const call: Call = {
      principal: { account: SCOPE.account, accessKeyId: 'AKIA', kind: 'owner', scope: { kind: 'everything' } },
      region,
      requestId: 'request',
      bodyHash: '',
      signal: new AbortController().signal,
    }
    return (await described.handle(decoded.kind === 'valid' ? decoded.value : {}, call)) as Output
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close()
    this.#folder[Symbol.dispose]()
  }
}
