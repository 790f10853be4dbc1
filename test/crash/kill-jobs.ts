import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker'
import { StopTrainingJobCommand } from '@aws-sdk/client-sagemaker'
import { channelOf, submit, type Clients } from '../e2e/clients.ts'

/** A real job whose server, agent or waiter is killed. */
export interface KillJob {
  readonly name: string
  /** How it ends unless its own processes were killed. */
  readonly ends: 'Completed' | 'Failed' | 'Stopped'
  /** What it prints, each line once. */
  readonly lines: readonly string[]
  /** What its archive holds in the file `m`. */
  readonly model?: string
  /** Whether somebody killed its processes: then it may also have failed. */
  isDisturbed: boolean
}

export const INPUT = 'the input'

interface Kind {
  readonly script: (name: string) => string
  readonly ends: KillJob['ends']
  readonly lines: readonly string[]
  readonly hasInput?: boolean
}

const model = (name: string) => `printf 'model of ${name}' > /opt/ml/model/m`

/** By turns. */
const KINDS: readonly Kind[] = [
  { script: (name) => `echo began; ${model(name)}`, ends: 'Completed', lines: ['began'] },
  {
    script: (name) => `echo began; sleep 1; echo middle; sleep 1; ${model(name)}; echo end`,
    ends: 'Completed',
    lines: ['began', 'middle', 'end'],
  },
  { script: () => 'echo began; exit 3', ends: 'Failed', lines: ['began'] },
  // As process 1 a sleep alone has no handler, and would take the whole grace.
  { script: () => 'trap "exit 0" TERM; echo began; sleep 600 & wait', ends: 'Stopped', lines: ['began'] },
  {
    script: (name) => `echo began; cat /opt/ml/input/data/train/part; echo; ${model(name)}`,
    ends: 'Completed',
    lines: ['began', INPUT],
    hasInput: true,
  },
]

/** Submits the next job of its kind. A server that dies meanwhile is asked again by the caller. */
export async function submitKillJob(server: Clients, number: number): Promise<KillJob> {
  const kind = KINDS[number % KINDS.length]
  if (!kind) throw new RangeError(`no kind of job for ${number}`)
  const name = `k-${number}`
  const request: Partial<CreateTrainingJobCommandInput> = {
    TrainingJobName: name,
    ...(kind.hasInput ? { InputDataConfig: [channelOf(server, 'train', 'data/')] } : {}),
  }
  await submit(server, kind.script(name), request)
  const { ends, lines } = kind
  return { name, ends, lines, isDisturbed: false, ...(ends === 'Completed' ? { model: `model of ${name}` } : {}) }
}

/** What has been stopped already, or is over, is no error. */
export async function stopJob(server: Clients, { name }: KillJob): Promise<void> {
  await server.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name })).catch((error: unknown) => {
    if (!(error instanceof Error) || error.name !== 'ValidationException') throw error
  })
}
