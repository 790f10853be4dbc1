import { hash } from 'node:crypto'
import { Clean } from 'typebox/value'
import { newJob } from '../../lifecycle/job.ts'
import { AwsError, validationException } from '../../protocol/errors.ts'
import { CreateTrainingJobRequest } from '../../protocol/shapes/training-job.ts'
import { unknownMembers } from '../../protocol/violations.ts'
import { PLANNED } from '../../rehearsal/job-rehearsal.ts'
import { rehearsalOfRequest } from '../../rehearsal/rehearsal-of-request.ts'
import type { InsertResult, JournalEntry, NewJob } from '../../store/store.ts'
import { groupsOf, hostCount, networkOf } from '../../supervisor/cluster.ts'
import { commandOf } from '../../supervisor/job-request.ts'
import { warmPoolKey } from '../../supervisor/warm-pools.ts'
import { parseS3Uri } from '../../util/s3-uri.ts'
import { operation, type Call, type Operation } from '../operation.ts'
import type { SageMakerContext } from './context.ts'
import { keptTexts } from './described.ts'
import { beyondRuntime } from './instance-rules.ts'
import { notHonouredMembers } from './members.ts'
import { checkRules, nameTaken } from './rules.ts'
import { trainingJobArn } from './training-job-arn.ts'

/**
 * CreateTrainingJob (behaviour 6.2): what can be known to fail is refused here, before the job exists; the rest fails the job. A request that repeats
 * another's access key, invocation id and body is answered as that one was.
 */
export function createTrainingJob(context: SageMakerContext): Operation {
  return operation({
    access: 'write',
    input: CreateTrainingJobRequest,
    async handle(request, call) {
      const repeatKey = repeatKeyOf(call)
      const result = await insertUnlessRepeated(context, { request, call, repeatKey })
      if (result.kind === 'name-taken') throw nameTaken(result.job.arn)
      if (result.kind === 'inserted') context.supervisors.begin(result.job)
      return { TrainingJobArn: result.job.arn }
    },
  })
}

interface Creation {
  readonly request: CreateTrainingJobRequest
  readonly call: Call
  readonly repeatKey: string | undefined
}

/** Where a retry is refused, the first is still there: what that was checked against, its input for one, may be gone by now, or it has the last of the quota itself. */
async function insertUnlessRepeated(context: SageMakerContext, creation: Creation): Promise<InsertResult> {
  try {
    return await checkAndInsert(context, creation)
  } catch (error) {
    const { request, call, repeatKey } = creation
    const { TrainingJobName: name } = request
    const scope = { account: call.principal.account, region: call.region }
    const first = repeatKey === undefined ? undefined : await context.store.jobByRepeatKey(scope, name, repeatKey)
    if (first) return { kind: 'repeated', job: first }
    if (!(error instanceof AwsError && error.code === 'ResourceLimitExceeded')) throw error
    // Whoever creates a job again is to hear that it is there already, not that it takes up its own quota.
    const namesake = await context.store.jobByName(scope, name)
    if (!namesake) throw error
    return { kind: 'name-taken', job: namesake }
  }
}

async function checkAndInsert(context: SageMakerContext, creation: Creation): Promise<InsertResult> {
  const { request, call } = creation
  const unknown = unknownMembers(CreateTrainingJobRequest, request)
  // What the model does not know is ignored, as on AWS: neither done nor echoed, but told in the journal.
  if (unknown.length > 0) Clean(CreateTrainingJobRequest, request)
  checkRules(request)
  checkInstanceTypes(context, request)
  const rehearsal = rehearsalOfRequest(request, { ...context.rehearsals, ...context })
  await checkEnvironment(context, request)
  await checkOutputBucket(context, request, call)
  await checkInputs(context, request, call)
  const job = jobOf(context, request, { ...creation, unknown, rehearsal })
  return context.quotas.insert({ jobId: job.id, account: job.account, region: job.region, request }, () =>
    context.store.insertJob(job),
  )
}

/** Behaviour 6.2. */
function checkInstanceTypes({ instanceTypes }: SageMakerContext, request: CreateTrainingJobRequest): void {
  const missing = groupsOf(request).find(({ InstanceType: type }) => instanceTypes?.includes(type) === false)
  if (!missing) return
  const text = `The requested resource training-job/${missing.InstanceType} is not available in this region`
  throw new AwsError('ResourceLimitExceeded', text)
}

async function checkEnvironment(context: SageMakerContext, request: CreateTrainingJobRequest): Promise<void> {
  const image = request.AlgorithmSpecification?.TrainingImage ?? ''
  const environment = context.environments.resolve(image)
  if (!environment) {
    throw validationException(
      `Cannot find the requested image: ${image}. This server runs jobs in environments of its machine in the place of images: add the line ` +
        `  ${JSON.stringify(image)}: local/python  under images: in ${context.configurationFile} and start it again.`,
    )
  }
  const instances = { hosts: hostCount(request), network: networkOf(request) }
  const command = commandOf(request)
  const variables = request.Environment ?? {}
  const admission = await context.runtime.admit({ command, environment, variables, ...instances })
  if (!admission.admitted) throw validationException(admission.reason)
  const beyond = beyondRuntime(await context.runtime.capabilities(), instances)
  if (beyond !== undefined) throw validationException(beyond)
}

async function checkOutputBucket(
  context: SageMakerContext,
  request: CreateTrainingJobRequest,
  call: Call,
): Promise<void> {
  const path = request.OutputDataConfig.S3OutputPath
  const name = parseS3Uri(path)?.bucket ?? ''
  const bucket = await context.objects.bucket(name)
  if (bucket?.account === call.principal.account) return
  throw validationException(
    `The bucket ${name} of OutputDataConfig.S3OutputPath ${path} does not exist on this server or is not yours: create it first (aws s3 mb s3://${name}).`,
  )
}

/** The service lists each prefix before it answers (behaviour 6.2). */
async function checkInputs(context: SageMakerContext, request: CreateTrainingJobRequest, call: Call): Promise<void> {
  for (const { DataSource } of request.InputDataConfig ?? []) {
    const uri = DataSource.S3DataSource?.S3Uri ?? ''
    const location = parseS3Uri(uri)
    if (location && (await hasObjects(context, location, call))) continue
    throw validationException(
      `No S3 objects found under S3 URL "${uri}" given in input data source. Please ensure that the bucket exists in the selected region (${call.region}), ` +
        `that objects exist under that S3 prefix, and that the role "${request.RoleArn}" has "s3:ListBucket" permissions on bucket "${location?.bucket ?? ''}".`,
    )
  }
}

async function hasObjects(
  context: SageMakerContext,
  location: { readonly bucket: string; readonly key: string },
  call: Call,
): Promise<boolean> {
  const bucket = await context.objects.bucket(location.bucket)
  if (bucket?.account !== call.principal.account) return false
  const page = await context.objects.list({ bucket: location.bucket, prefix: location.key, limit: 1 })
  return page.objects.length > 0
}

/** What a job is made of beside its request. */
interface Circumstances {
  readonly call: Call
  /** Members that the model does not know. */
  readonly unknown: readonly string[]
  readonly repeatKey: string | undefined
  /** The text of the plan that it is broken by. */
  readonly rehearsal: string | undefined
}

function jobOf(context: SageMakerContext, request: CreateTrainingJobRequest, circumstances: Circumstances): NewJob {
  const { call, repeatKey } = circumstances
  const now = context.clock.now()
  const { account } = call.principal
  const { region } = call
  const key = warmPoolKey(request)
  const name = request.TrainingJobName
  const arn = trainingJobArn({ account, region }, name)
  return {
    id: context.ids.jobId(now),
    account,
    region,
    name,
    arn,
    state: newJob(now, request.ResourceConfig?.KeepAlivePeriodInSeconds),
    ...keptTexts(request, arn),
    tags: (request.Tags ?? []).map(({ Key, Value }) => ({ key: Key, value: Value })),
    ...(repeatKey === undefined ? {} : { repeatKey }),
    ...(key === undefined ? {} : { warmPoolKey: key }),
    journal: [created(request, circumstances, now), ...planned(circumstances, now)],
  }
}

/** All retries of one client call carry one invocation id (wire 2). */
function repeatKeyOf({ principal, invocationId, bodyHash }: Call): string | undefined {
  if (invocationId === undefined) return undefined
  return hash('sha256', `${principal.accessKeyId}\n${invocationId}\n${bodyHash}`, 'hex')
}

function planned({ rehearsal: plan }: Circumstances, time: number): readonly JournalEntry[] {
  return plan === undefined ? [] : [{ kind: PLANNED, time, data: { plan } }]
}

/** Says what of the request is not done: `describe` and `watch` show it; and which request it was, as the server's log names it. */
function created(request: CreateTrainingJobRequest, { call, unknown }: Circumstances, time: number): JournalEntry {
  return {
    kind: 'created',
    time,
    data: {
      notHonoured: notHonouredMembers(request),
      unknownMembers: unknown,
      requestId: call.requestId,
    },
  }
}
