import { AwsError } from '../../src/protocol/errors.ts'
import { isTerminal } from '../../src/lifecycle/status.ts'
import type { JobRecord } from '../../src/store/store.ts'
import { MINIMAL } from '../operations/sagemaker/sagemaker-fixture.ts'
import { PLAY } from './machine.ts'
import { channelOf, type Scenario, type ScenarioJob, type ScenarioStep } from './scenario.ts'
import { BUCKET, type CrashServer } from './server.ts'
import type { World } from './world.ts'

const SCOPE = { account: '111122223333', region: 'us-east-1' }
const STEP_MS = 500
/** Job time after which a job that has not ended is lost. */
const PATIENCE_MS = 6 * 3_600_000

/** What became of a scenario's jobs. */
export interface Played {
  /** By the names of the scenario. */
  readonly jobs: ReadonlyMap<string, JobRecord>
  /** Ids also of jobs that are deleted. */
  readonly ids: ReadonlyMap<string, string>
  /** When the last job was over, milliseconds after the begin on the monotonic clock. */
  readonly elapsed: number
  readonly problems: readonly string[]
}

/** Plays a scenario to the end of all its jobs, whatever happens to the server. */
export async function playScenario(world: World, scenario: Scenario): Promise<Played> {
  const ids = new Map<string, string>()
  const problems: string[] = []
  await putInputs(world)
  const due = agenda(scenario)
  const begin = world.elapsed
  const jobs = new Map<string, JobRecord>()
  while (world.elapsed - begin < PATIENCE_MS) {
    while (due[0] !== undefined && due[0].at <= world.elapsed - begin) {
      const entry = due.shift()
      if (entry?.kind === 'create') ids.set(entry.job.name, await create(world, entry.job))
      else if (entry) problems.push(...(await act(world, entry, ids)))
    }
    if (due.length === 0 && (await allOver(world, { scenario, ids, jobs }))) break
    await world.advance(STEP_MS)
  }
  const elapsed = world.elapsed - begin
  await settle(world, { scenario, ids, jobs })
  for (const { name, ends } of scenario.jobs)
    if (ends !== undefined && !jobs.has(name)) problems.push(`${name} has not ended in six hours`)
  return { jobs, ids, elapsed, problems }
}

type Entry = ScenarioStep | { readonly kind: 'create'; readonly at: number; readonly job: ScenarioJob }

function agenda({ jobs, steps = [] }: Scenario): Entry[] {
  const creations = jobs.map((job) => ({ kind: 'create' as const, at: job.at ?? 0, job }))
  return [...creations, ...steps].toSorted((a, b) => a.at - b.at)
}

async function putInputs(world: World): Promise<void> {
  for (const [path, text] of world.inputs) await put(world, `data/${path}`, text)
  await put(world, 'vanishing/part', 'soon gone')
}

async function put(world: World, key: string, text: string): Promise<void> {
  await persist(world, async ({ objects }) => objects.put(BUCKET, key, bytes(text), { metadata: {} }))
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

/** As a client does: asks again as long as the server is dead or cannot write; what it refuses is its answer. */
async function persist<Result>(
  world: World,
  work: (server: CrashServer) => Promise<Result>,
): Promise<Result | AwsError> {
  for (;;) {
    const answer = await world.withServer((server) => work(server).catch((error: unknown) => asError(error)))
    if (!(answer instanceof Error) || answer instanceof AwsError) return answer
    await world.advance(1000)
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

async function create(world: World, job: ScenarioJob): Promise<string> {
  const { name, play = {}, hosts = 1, type, input = false, request = {} } = job
  const full = {
    ...MINIMAL,
    TrainingJobName: name,
    ResourceConfig: { ...MINIMAL.ResourceConfig, InstanceCount: hosts, ...(type ? { InstanceType: type } : {}) },
    StoppingCondition: { MaxRuntimeInSeconds: 3600 },
    Environment: { [PLAY]: JSON.stringify(play) },
    ...(input ? { InputDataConfig: [channelOf('data/')] } : {}),
    ...request,
  }
  const answer = await persist(world, ({ call }) => call('CreateTrainingJob', full, `invocation-${name}`))
  if (answer instanceof Error) throw answer
  const found = await persist(world, ({ observed }) => observed.jobByName(SCOPE, name))
  if (found instanceof Error || !found) throw new Error(`the job ${name} was accepted and is not there`)
  return found.id
}

/** @returns what was wrong with the answer */
async function act(world: World, step: ScenarioStep, ids: ReadonlyMap<string, string>): Promise<string[]> {
  switch (step.kind) {
    case 'new-key':
      return newKey(world)
    case 'put-object':
      await put(world, step.key, step.key)
      return []
    case 'delete-object':
      await persist(world, ({ objects }) => objects.delete(BUCKET, step.key))
      return []
    case 'interrupt':
      await persist(world, ({ supervisors }) => supervisors.interrupt(ids.get(step.job) ?? ''))
      return []
    case 'stop':
    case 'delete':
    case 'update':
    case 'tag':
    case 'untag':
      return ask(world, { kind: step.kind, job: step.job })
    default:
      return step satisfies never
  }
}

/** A key that was handed out is there in every later life. */
async function newKey(world: World): Promise<string[]> {
  const made = await persist(world, ({ keys }) =>
    keys.create({ account: SCOPE.account, kind: 'owner', now: world.clock.now() }),
  )
  if (made instanceof Error) throw made
  await world.restart()
  const found = await world.withServer(async ({ keys }) => keys.find(made.accessKeyId))
  return found?.secretAccessKey === made.secretAccessKey ? [] : ['a key that was handed out is gone']
}

interface Request {
  readonly kind: keyof typeof REQUESTS
  readonly job: string
}

async function ask(world: World, step: Request): Promise<string[]> {
  const [operation, input, refusals] = REQUESTS[step.kind](step.job)
  for (;;) {
    const answer = await persist(world, ({ call }) => call(operation, input))
    if (!(answer instanceof AwsError)) return []
    // A deletion comes too early while the job goes on; the answer to an earlier try may have been lost.
    if (refusals.some((code) => code === answer.code)) return []
    if (step.kind !== 'delete' || answer.code !== 'ResourceInUse')
      return [`${operation} was refused: ${answer.message}`]
    await world.advance(1000)
  }
}

const ARN = 'arn:aws:sagemaker:us-east-1:111122223333:training-job/'
/** Operation, input, and the codes that mean that an earlier try was heard. */
const REQUESTS = {
  stop: (job: string) => ['StopTrainingJob', { TrainingJobName: job }, []] as const,
  delete: (job: string) => ['DeleteTrainingJob', { TrainingJobName: job }, ['ValidationException']] as const,
  update: (job: string) =>
    ['UpdateTrainingJob', { TrainingJobName: job, ProfilerConfig: { DisableProfiler: true } }, []] as const,
  tag: (job: string) => ['AddTags', { ResourceArn: ARN + job, Tags: [{ Key: 'k', Value: 'v' }] }, []] as const,
  untag: (job: string) => ['DeleteTags', { ResourceArn: ARN + job, TagKeys: ['k'] }, []] as const,
} satisfies Record<string, (job: string) => readonly [string, object, readonly string[]]>

interface Progress {
  readonly scenario: Scenario
  readonly ids: ReadonlyMap<string, string>
  /** Those that are over. */
  readonly jobs: Map<string, JobRecord>
}

/** Until nothing goes by time any more; the records are those that are there then. */
async function settle(world: World, progress: Progress): Promise<void> {
  const { settles = 0 } = progress.scenario
  for (let waited = 0; waited < settles; waited += STEP_MS * 10) {
    await world.advance(STEP_MS * 10)
    // A server that is dead by now is started again.
    await allOver(world, progress)
  }
}

async function allOver(world: World, { scenario, ids, jobs }: Progress): Promise<boolean> {
  for (const { name, ends } of scenario.jobs) {
    const id = ids.get(name) ?? ''
    const record = await persist(world, ({ observed }) => observed.job(id))
    if (record instanceof Error) return false
    if (ends === undefined) {
      if (record) return false
    } else if (!record || !isTerminal(record.state.status)) {
      // A job that is gone would never be over.
      if (!record) throw new Error(`the record of ${name} is lost`)
      return false
    } else jobs.set(name, record)
  }
  return true
}
