import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker'
import { StopTrainingJobCommand, UpdateTrainingJobCommand } from '@aws-sdk/client-sagemaker'
import { channelOf, submit, type Clients } from '../e2e/clients.ts'
import { needsJobNetwork } from '../support/needs-job-network.ts'

/** A real job whose server, agent or waiter is killed. */
export interface KillJob {
  readonly name: string
  /** How it ends unless its own processes were killed. */
  readonly ends: 'Completed' | 'Failed' | 'Stopped'
  /** What each attempt prints on each host, each line once. */
  readonly lines: readonly string[]
  /** What its archive holds in the file `m`. */
  readonly model?: string
  /** Whether it asked for a warm pool, which has to be given up at the end. */
  readonly keeps: boolean
  /** Whether somebody killed its processes: then it may also have failed. */
  isDisturbed: boolean
}

export const INPUT = 'the input'
/** Room for two instances of `SMALL`, or one of `WHOLE`: what asks for the whole waits, and takes the place of a spot job. */
export const CONFIGURATION = 'fleet: { cpus: 4, memory: 64GiB }\nkeep: { failed: 0s }\nstop: { grace: 2s }\n'
const SMALL = { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 } as const
const WHOLE = { ...SMALL, InstanceType: 'ml.m5.xlarge' } as const

/** A kind of job, of which any number are submitted under names of their own. */
export interface Kind {
  readonly name: string
  /** What follows its first line. */
  readonly script: (job: string) => string
  readonly ends: KillJob['ends']
  readonly lines: readonly string[]
  readonly hasInput?: boolean
  readonly request?: Partial<CreateTrainingJobCommandInput>
}

const model = (job: string) => `printf 'model of ${job}' > /opt/ml/model/m`
/** Its shell has a handler as process 1 only where it sets one, and tells of a child that was ended by a signal unless that is in the background. */
const slow = (job: string) =>
  `trap 'exit 143' TERM; sleep 1 & wait; echo middle; sleep 1 & wait; ${model(job)}; echo end`
const reads = (job: string) => `cat /opt/ml/input/data/train/part; echo; ${model(job)}`
const COMPLETED = { ends: 'Completed', lines: ['began'] } as const
const SLOW = { script: slow, ends: 'Completed', lines: ['began', 'middle', 'end'] } as const
const READS = { script: reads, ends: 'Completed', lines: ['began', INPUT], hasInput: true } as const
const KEEPS = { ...READS, request: { ResourceConfig: { ...SMALL, KeepAlivePeriodInSeconds: 600 } } }
const SPOT = {
  EnableManagedSpotTraining: true,
  StoppingCondition: { MaxRuntimeInSeconds: 600, MaxWaitTimeInSeconds: 3600 },
}

/** A job that is to be stopped holds up none that waits for the whole machine: by turns, it is asked to stop before that is there. */
const KINDS: readonly Kind[] = [
  { name: 'quick', script: model, ...COMPLETED },
  { name: 'stopped', script: () => 'trap "exit 0" TERM; sleep 600 & wait', ends: 'Stopped', lines: ['began'] },
  { name: 'slow', ...SLOW },
  { name: 'failed', script: () => 'exit 3', ends: 'Failed', lines: ['began'] },
  { name: 'with input', ...READS },
  { name: 'spot', ...SLOW, request: SPOT },
  { name: 'whole machine', script: model, ...COMPLETED, request: { ResourceConfig: WHOLE } },
  { name: 'keeps', ...KEEPS },
  // On what the one before it left, unless that was killed.
  { name: 'takes', ...KEEPS },
]
/** On a network of their own. */
const TWO: Kind = { name: 'two instances', ...READS, request: { ResourceConfig: { ...SMALL, InstanceCount: 2 } } }

/** Every kind of job that this machine can run. */
export async function kindsHere(): Promise<readonly Kind[]> {
  const { skip } = await needsJobNetwork()
  return skip === false ? [...KINDS, TWO] : KINDS
}

/** Submits a job. @param options.lingers whether it shall run for a while, so that its processes can be met */
export async function submitKillJob(
  server: Clients,
  kind: Kind,
  { name, lingers }: { readonly name: string; readonly lingers: boolean },
): Promise<KillJob> {
  const request: Partial<CreateTrainingJobCommandInput> = {
    TrainingJobName: name,
    ...(kind.hasInput ? { InputDataConfig: [channelOf(server, 'train', 'data/')] } : {}),
    ...kind.request,
  }
  await submit(server, `echo began; ${lingers ? 'sleep 1 & wait; ' : ''}${kind.script(name)}`, request)
  const { ends, lines } = kind
  const keeps = kind.request?.ResourceConfig?.KeepAlivePeriodInSeconds !== undefined
  const made = ends === 'Completed' ? { model: `model of ${name}` } : {}
  return { name, ends, lines, keeps, isDisturbed: false, ...made }
}

/** What has been stopped already, or is over, is no error. */
export async function stopJob(server: Clients, { name }: KillJob): Promise<void> {
  await unlessRefused(server.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name })))
}

/** Gives up what a job that is over has kept; it is no error where that is nothing. */
export async function releasePool(server: Clients, { name }: KillJob): Promise<void> {
  const ResourceConfig = { KeepAlivePeriodInSeconds: 0 }
  await unlessRefused(server.sagemaker.send(new UpdateTrainingJobCommand({ TrainingJobName: name, ResourceConfig })))
}

async function unlessRefused(request: Promise<unknown>): Promise<void> {
  await request.catch((error: unknown) => {
    if (!(error instanceof Error) || error.name !== 'ValidationException') throw error
  })
}
