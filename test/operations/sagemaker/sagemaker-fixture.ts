import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VirtualClock } from '../../../src/clock/virtual-clock.ts'
import { openEmbeddedObjects } from '../../../src/objects/embedded/embedded-objects.ts'
import type { ObjectStore } from '../../../src/objects/objects.ts'
import { RawJson, type Call } from '../../../src/operations/operation.ts'
import { Quotas, type QuotaLimits } from '../../../src/operations/sagemaker/quotas.ts'
import { sagemakerService } from '../../../src/operations/sagemaker/service.ts'
import { decodeInput } from '../../../src/protocol/validate.ts'
import { AwsError, validationException } from '../../../src/protocol/errors.ts'
import type { Admission, AdmissionRequest, RuntimeCapabilities } from '../../../src/runtime/runtime.ts'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { systemIds } from '../../../src/util/ids.ts'
import { testCall } from '../test-call.ts'

/** The operations on a real store and real objects; nothing runs the jobs. */
export interface SageMakerFixture extends AsyncDisposable {
  readonly store: Store
  readonly objects: ObjectStore
  readonly clock: VirtualClock
  /** Ids of jobs whose supervisor was woken. */
  readonly woken: readonly string[]
  /** What the runtime says of the next job. */
  admission: Admission
  /** What the runtime was asked of each job. */
  readonly asked: readonly AdmissionRequest[]
  capabilities: RuntimeCapabilities
  /** As http calls an operation: decoded and validated first, the answer as JSON gives it back. @throws AwsError */
  call(operation: string, input: object, call?: Partial<Call>): Promise<Record<string, unknown>>
  /** The AwsError that a call ends in. */
  refusal(operation: string, input: object, call?: Partial<Call>): Promise<AwsError>
}

export async function sagemakerFixture(
  options: { readonly quotas?: QuotaLimits; readonly instanceTypes?: readonly string[] } = {},
): Promise<SageMakerFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-sagemaker-'))
  const store = await openSqliteStore({ path: join(folder, 'store.db') })
  const clock = new VirtualClock(1_700_000_000_123)
  const ids = systemIds()
  const objects = await openEmbeddedObjects({ folder: join(folder, 'objects'), clock, ids })
  await objects.createBucket({ name: 'bucket', account: testCall().principal.account, region: 'us-east-1' })
  await objects.put('bucket', 'data/train/part-1', bytes('x'), { metadata: {} })
  const woken: string[] = []
  const asked: AdmissionRequest[] = []
  const fixture: SageMakerFixture = {
    store,
    objects,
    clock,
    woken,
    admission: { admitted: true },
    asked,
    capabilities: {
      hosts: 4,
      jobNetwork: { interface: 'eth0', endpoint: 'http://10.0.2.1:8484', open: false },
      optMl: true,
    },
    async call(name, input, circumstances = {}) {
      const operation = service.operations[name]
      if (!operation) throw new TypeError(`no operation ${name}`)
      const decoded = decodeInput(operation.input, structuredClone(input))
      if (decoded.kind !== 'valid') throw validationException(decoded.text)
      const output = await operation.handle(decoded.value, { ...testCall(), ...circumstances })
      const text = output instanceof RawJson ? output.text : JSON.stringify(output ?? null)
      return (JSON.parse(text) ?? undefined) as Record<string, unknown>
    },
    async refusal(name, input, circumstances) {
      const error = await fixture.call(name, input, circumstances).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      if (error instanceof AwsError) return error
      throw new TypeError(`${name} was not refused`, { cause: error })
    },
    async [Symbol.asyncDispose]() {
      await objects.close()
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
  const service = sagemakerService({
    store,
    objects,
    clock,
    ids,
    runtime: {
      admit: async (job) => {
        asked.push(job)
        return fixture.admission
      },
      capabilities: () => Promise.resolve(fixture.capabilities),
    },
    environments: {
      resolve: (image) => (image === 'local/python' ? { name: image, python: '/usr/bin/python3' } : undefined),
    },
    rehearsals: { allowed: true, plans: { find: () => undefined } },
    supervisors: { begin: ({ id }) => void woken.push(id), wake: (id) => void woken.push(id) },
    quotas: await Quotas.load(options.quotas ?? {}, store),
    instanceTypes: options.instanceTypes,
    configurationFile: '/data/trainyard.yaml',
  })
  return fixture
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

/** The least that Create takes. */
export const MINIMAL = {
  TrainingJobName: 'Job-1',
  RoleArn: 'arn:aws:iam::111122223333:role/service-role/Role',
  AlgorithmSpecification: { TrainingImage: 'local/python', TrainingInputMode: 'File' },
  OutputDataConfig: { S3OutputPath: 's3://bucket/out' },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
  StoppingCondition: { MaxRuntimeInSeconds: 60 },
} as const

export function channel(overrides: object = {}, source: object = {}): object {
  const s3 = { S3DataType: 'S3Prefix', S3Uri: 's3://bucket/data/train', ...source }
  return { ChannelName: 'train', DataSource: { S3DataSource: s3 }, ...overrides }
}
