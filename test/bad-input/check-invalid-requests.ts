import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { MINIMAL } from '../operations/sagemaker/sagemaker-fixture.ts'
import type { Shape } from '../protocol/shape-arbitrary.ts'
import { ShapeBreaks, type Break } from '../protocol/shape-breaks.ts'
import { modelShape } from '../support/model-shape.ts'
import { modelOf } from '../support/service-model.ts'
import { startHeldServer } from './held-server.ts'
import { fitsForm } from './query-form.ts'
import { recordOf } from './record-of.ts'
import type { CallAnswer, SignedCalls } from './signed-calls.ts'
import { SAGEMAKER, type ModelOperation, type Wire } from './wires.ts'

/** Of all services together. Each has a file of its own, and so a time limit of its own. */
const REQUESTS = Number(process.env['TRAINYARD_INVALID_REQUESTS'] ?? 100_000)

export const JOB = 'the-job'

export interface InvalidRequests {
  readonly wires: readonly Wire[]
  /** Part of all requests that are these. */
  readonly share: number
  /** The least that must be here to be asked, as `wire.Operation`; what the model has beyond it is asked as soon as it is here. */
  readonly least: readonly string[]
  /** Members as they are where the fault lies elsewhere: with them a request that slipped through would change something. */
  readonly aim: Readonly<Record<string, unknown>>
  /** Changes something by each way that could: the record must show it. */
  prepare?(calls: SignedCalls): Promise<void>
}

/** Invalid requests, made from the model, each get the right 4xx and change nothing. */
export async function checkInvalidRequests(t: TestContext, requests: InvalidRequests): Promise<void> {
  const { calls, data, bucket } = await startHeldServer(t)
  await createJob(calls, bucket)
  const operations = await implemented(calls, requests.wires)
  const names = operations.map(nameOf)
  assert.deepEqual(
    requests.least.filter((name) => !names.includes(name)),
    [],
  )
  const untouched = recordOf(data)
  await requests.prepare?.(calls)
  const before = recordOf(data)
  if (requests.prepare) assert.notDeepEqual(before, untouched)
  const asked = new Map(names.map((name) => [name, 0]))
  await calls.all(invalidRequests(operations, requests), async ({ operation, broken }) => {
    check(operation, broken, await send(calls, operation, broken.value))
    asked.set(nameOf(operation), (asked.get(nameOf(operation)) ?? 0) + 1)
  })
  assert.deepEqual(recordOf(data), before)
  t.diagnostic([...asked].map(([name, count]) => `${name} ${count}`).join(', '))
}

interface Operation extends ModelOperation {
  readonly wire: Wire
}

function nameOf({ wire, name }: Operation): string {
  return `${wire.name}.${name}`
}

async function implemented(calls: SignedCalls, wires: readonly Wire[]): Promise<Operation[]> {
  const found = await Promise.all(
    wires.flatMap(operationsOf).map(async (operation) => {
      const { body } = await send(calls, operation, {})
      return /\bUnknownOperationException\b|<Code>InvalidAction</.test(body) ? [] : [operation]
    }),
  )
  return found.flat()
}

function operationsOf(wire: Wire): Operation[] {
  const model = modelOf(wire.service)
  const { targetPrefix, apiVersion } = model.metadata
  return Object.entries(model.operations).map(([name, { input, http }]) => ({
    wire,
    name,
    targetPrefix,
    apiVersion,
    http,
    input: modelShape(input ?? undefined, model),
  }))
}

function send(calls: SignedCalls, operation: Operation, input: unknown): Promise<CallAnswer> {
  return calls.send(operation.wire.request(operation, input))
}

/** Round after round, each with other values around the same faults, until there are enough. */
function* invalidRequests(
  operations: readonly Operation[],
  { share, aim }: InvalidRequests,
): Generator<{ operation: Operation; broken: Break }> {
  const samples = new Map<Shape, readonly unknown[]>()
  for (let round = 0, left = Math.ceil(REQUESTS * share); left > 0; round++) {
    for (const operation of operations) {
      const { wire, input } = operation
      const all = new ShapeBreaks(round, samples, wire.form).of(input)
      const fitting = wire.form === 'text' ? all.filter(({ value }) => fitsForm(value)) : all
      for (const broken of fitting.slice(0, left)) {
        left--
        yield { operation, broken: aimed(operation, broken, aim) }
      }
    }
  }
}

function aimed({ name, input }: Operation, broken: Break, aim: InvalidRequests['aim']): Break {
  if (name === 'CreateTrainingJob') return broken
  const members = Object.entries(aim).filter(([member]) => {
    const at = member.charAt(0).toLowerCase() + member.slice(1)
    return input.properties?.[member] && !broken.path.startsWith(at)
  })
  return members.length === 0
    ? broken
    : { ...broken, value: { ...(broken.value as object), ...Object.fromEntries(members) } }
}

function check(operation: Operation, { path, kind, value }: Break, answer: CallAnswer): void {
  const { wire } = operation
  const body = answer.body.slice(0, 500)
  // Made only for what failed: it takes longer than the rest.
  const what = () => `${nameOf(operation)} ${path}: ${answer.status} ${body} to ${JSON.stringify(value).slice(0, 2000)}`
  if (answer.status !== 400) assert.fail(what())
  const { code, text } = wire.said(answer)
  if (code !== wire.codes[kind]) assert.fail(what())
  const queryError = wire.isQueryCompatible ? `${code};Sender` : undefined
  if (answer.headers['x-amzn-query-error'] !== queryError) assert.fail(what())
  if (!text.includes(kind === 'validation' ? ` at '${path}'` : `${path} must be `)) assert.fail(what())
}

async function createJob(calls: SignedCalls, bucket: string): Promise<void> {
  const [create] = operationsOf(SAGEMAKER).filter(({ name }) => name === 'CreateTrainingJob')
  assert.ok(create)
  const output = { S3OutputPath: `s3://${bucket}/out` }
  const answer = await send(calls, create, { ...MINIMAL, TrainingJobName: JOB, OutputDataConfig: output })
  assert.equal(answer.status, 200, answer.body)
}
