import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Shape } from '../protocol/shape-arbitrary.ts'
import { ShapeBreaks, type Break } from '../protocol/shape-breaks.ts'
import { MINIMAL } from '../operations/sagemaker/sagemaker-fixture.ts'
import { modelShape } from '../support/model-shape.ts'
import { modelOf, needsModelOf } from '../support/service-model.ts'
import { recordOf } from './record-of.ts'
import { startHeldServer } from './held-server.ts'
import type { CallAnswer, SignedCalls } from './signed-calls.ts'

const REQUESTS = Number(process.env['TRAINYARD_INVALID_REQUESTS'] ?? 100_000)
const JOB = 'the-job'

/** What a service calls an input that breaks a constraint, and one of another type. */
const SERVICES = {
  sagemaker: { validation: 'ValidationException', serialization: 'SerializationException' },
  logs: { validation: 'InvalidParameterException', serialization: 'SerializationException' },
} as const

type Service = keyof typeof SERVICES

/** The least that must be here to be asked; what the model has beyond it is asked as soon as it is here. */
const IMPLEMENTED = [
  'sagemaker.CreateTrainingJob',
  'sagemaker.DescribeTrainingJob',
  'sagemaker.ListTrainingJobs',
  'sagemaker.StopTrainingJob',
  'logs.DescribeLogGroups',
  'logs.DescribeLogStreams',
  'logs.GetLogEvents',
]

test(
  `${REQUESTS} invalid requests, made from the model, each get the right 4xx and change nothing`,
  needsModelOf('sagemaker'),
  async (t) => {
    const { calls, data, bucket } = await startHeldServer(t)
    await createJob(calls, bucket)
    const operations = await implemented(calls)
    const names = operations.map(({ service, name }) => `${service}.${name}`)
    assert.deepEqual(
      IMPLEMENTED.filter((name) => !names.includes(name)),
      [],
    )
    const before = recordOf(data)
    const asked = new Map(names.map((name) => [name, 0]))
    await calls.all(invalidRequests(operations), async ({ operation, broken }) => {
      const { service, name } = operation
      check(operation, broken, await send(calls, operation, broken.value))
      asked.set(`${service}.${name}`, (asked.get(`${service}.${name}`) ?? 0) + 1)
    })
    assert.deepEqual(recordOf(data), before)
    t.diagnostic([...asked].map(([name, count]) => `${name} ${count}`).join(', '))
  },
)

interface Operation {
  readonly service: Service
  readonly name: string
  readonly targetPrefix: string
  readonly input: Shape
}

async function implemented(calls: SignedCalls): Promise<Operation[]> {
  const all = Object.keys(SERVICES).flatMap((service) => operationsOf(service as Service))
  const found = await Promise.all(
    all.map(async (operation) => {
      const { body } = await send(calls, operation, {})
      return body.includes('"UnknownOperationException"') ? [] : [operation]
    }),
  )
  return found.flat()
}

function operationsOf(service: Service): Operation[] {
  const model = modelOf(service)
  const { targetPrefix } = model.metadata
  return Object.entries(model.operations).map(([name, { input }]) => ({
    service,
    name,
    targetPrefix,
    input: modelShape(input ?? undefined, model),
  }))
}

function send(calls: SignedCalls, { service, name, targetPrefix }: Operation, input: unknown): Promise<CallAnswer> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${targetPrefix}.${name}` }
  return calls.send({ service, headers, body: JSON.stringify(input) })
}

/** Round after round, each with other values around the same faults, until there are enough. */
function* invalidRequests(operations: readonly Operation[]): Generator<{ operation: Operation; broken: Break }> {
  const samples = new Map<Shape, readonly unknown[]>()
  for (let round = 0, left = REQUESTS; left > 0; round++) {
    for (const operation of operations) {
      for (const broken of new ShapeBreaks(round, samples).of(operation.input).slice(0, left)) {
        left--
        yield { operation, broken: aimed(operation, broken) }
      }
    }
  }
}

/** Where the fault lies elsewhere the request is about a job that is there, so that a request that slipped through would change something. */
function aimed({ name, input }: Operation, broken: Break): Break {
  if (name === 'CreateTrainingJob' || broken.path.startsWith('trainingJobName')) return broken
  if (!input.properties?.['TrainingJobName']) return broken
  return { ...broken, value: { ...(broken.value as object), TrainingJobName: JOB } }
}

function check({ service, name }: Operation, { path, kind, value }: Break, { status, body }: CallAnswer): void {
  const said = JSON.parse(body) as { __type?: string; message?: string; Message?: string }
  const text = said.message ?? said.Message ?? ''
  const what = `${service}.${name} ${path}: ${status} ${body.slice(0, 500)} to ${JSON.stringify(value).slice(0, 2000)}`
  assert.equal(status, 400, what)
  assert.equal(said.__type, SERVICES[service][kind], what)
  assert.ok(text.includes(kind === 'validation' ? ` at '${path}'` : `${path} must be `), what)
}

async function createJob(calls: SignedCalls, bucket: string): Promise<void> {
  const create = { service: 'sagemaker', name: 'CreateTrainingJob', targetPrefix: 'SageMaker', input: {} } as const
  const output = { S3OutputPath: `s3://${bucket}/out` }
  const answer = await send(calls, create, { ...MINIMAL, TrainingJobName: JOB, OutputDataConfig: output })
  assert.equal(answer.status, 200, answer.body)
}
