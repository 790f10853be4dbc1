import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { CallName } from '../../src/agent/messages.ts'
import { agentSocket } from '../../src/agent/socket-address.ts'
import { ended, inStage, put } from '../e2e/clients.ts'
import { serve, type ServerProcess } from '../e2e/server-process.ts'
import { removeDataFolder } from '../support/remove-data-folder.ts'
import { Seeded } from '../support/seeded.ts'
import { checkKept, checkSeen, type BrokenJob } from './check-killed.ts'
import {
  CONFIGURATION,
  INPUT,
  kindsHere,
  releasePool,
  stopJob,
  submitKillJob,
  type Kind,
  type KillJob,
} from './kill-jobs.ts'
import { leftBehind } from './left-behind.ts'
import { LossyRelay, type Loss } from './lossy-relay.ts'
import { textOf, type TableRow } from './table.ts'
import { within } from './within.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/trainyard')
const COMMON: readonly CallName[] = ['launch', 'start', 'wait', 'collect', 'destroy']

/** One loss in the life of a job of a kind. */
interface Planned {
  readonly kind: Kind
  readonly loss: Loss
}

/**
 * Loses messages between a real server and its agent while real jobs run: of each kind of job each call, its request or its answer, whole or from the middle on.
 * The connection is lost with it, so that everything else that is under way is asked again too.
 *
 * @param losses how many, in an order that the seed chooses
 */
export async function runMessageLoss(options: { readonly losses: number; readonly seed: number }): Promise<TableRow[]> {
  const kinds = await kindsHere()
  const all = new Seeded(options.seed).shuffled(kinds.flatMap(lossesOf))
  const planned = Array.from({ length: options.losses }, (_, index) => all[index % all.length]).filter(
    (one) => one !== undefined,
  )
  const data = await mkdtemp(join(tmpdir(), 'trainyard-messages-'))
  const yard = await MessageYard.open(data)
  const broken: BrokenJob[] = []
  try {
    for (const [number, one] of planned.entries()) await yard.lose(one, `m-${number}`)
    broken.push(...(await yard.finish()))
  } catch (error) {
    broken.push({ job: 'the last job', problem: textOf(error) })
  }
  await yard.close()
  const left = await leftBehind(data)
  await removeDataFolder(data)
  const lines = [...broken.map(({ job, problem }) => `${yard.lost.get(job) ?? job}: ${problem}`), ...left]
  return [{ part: 'message lost', points: yard.lost.size, scenarios: kinds.length, broken: lines }]
}

function lossesOf(kind: Kind): Planned[] {
  const calls = [
    ...COMMON,
    ...(kind.hasInput ? (['download'] as const) : []),
    ...(kind.ends === 'Stopped' ? (['stop'] as const) : []),
    ...(kind.name === 'two instances' ? (['network'] as const) : []),
  ]
  return calls.flatMap((call) =>
    (['request', 'answer'] as const).flatMap((what) =>
      [false, true].map((torn) => ({ kind, loss: { call, what, torn } })),
    ),
  )
}

/** A server, its agent, and what stands between them. */
class MessageYard {
  /** By jobs: what was lost of them. */
  readonly lost = new Map<string, string>()
  readonly #data: string
  readonly #agent: ChildProcess
  readonly #relay: LossyRelay
  readonly #server: ServerProcess
  readonly #jobs: KillJob[] = []

  private constructor(data: string, agent: ChildProcess, relay: LossyRelay, server: ServerProcess) {
    this.#data = data
    this.#agent = agent
    this.#relay = relay
    this.#server = server
  }

  static async open(data: string): Promise<MessageYard> {
    await writeFile(join(data, 'trainyard.yaml'), CONFIGURATION)
    const agent = await agentOf(data)
    const relay = await LossyRelay.inFrontOf(agentSocket(data))
    const server = await serve(data)
    await put(server.clients, 'data/part', INPUT)
    return new MessageYard(data, agent, relay, server)
  }

  /** A job, and what is lost of it: a call that a job of its kind makes in every case. */
  async lose({ kind, loss }: Planned, name: string): Promise<void> {
    const { clients } = this.#server
    const isLost = this.#relay.lose(loss)
    const job = await submitKillJob(clients, kind, { name, lingers: false })
    this.#jobs.push(job)
    if (job.ends === 'Stopped') {
      await within(inStage(clients, name, 'Training'), `${name} to train`)
      await stopJob(clients, job)
    }
    const what = `${loss.torn ? 'half of ' : ''}the ${loss.what} of ${loss.call}`
    await within(ended(clients, name), `${kind.name} to end without ${what}`)
    if (job.keeps) await releasePool(clients, job)
    await within(isLost, `${what} of ${kind.name} to be lost`)
    this.lost.set(name, `${kind.name} without ${what}`)
  }

  async finish(): Promise<BrokenJob[]> {
    const broken: BrokenJob[] = []
    for (const job of this.#jobs)
      for (const problem of await checkSeen(this.#server.clients, job)) broken.push({ job: job.name, problem })
    await this.#server.end('SIGTERM')
    return [...broken, ...(await checkKept(this.#data, this.#jobs))]
  }

  async close(): Promise<void> {
    const ends =
      this.#agent.exitCode === null && this.#agent.signalCode === null ? once(this.#agent, 'exit') : undefined
    await this.#server.end('SIGKILL')
    this.#relay.close()
    await ends
  }
}

/** An agent that no server has started, so that it is there before any. */
async function agentOf(data: string): Promise<ChildProcess> {
  await mkdir(join(data, 'agent'))
  const agent = spawn(process.execPath, [PROGRAM, 'agent', '--data', data], { stdio: ['ignore', 'ignore', 'pipe'] })
  if (!agent.stderr) throw new TypeError('the agent has no log')
  const ready = Promise.withResolvers<void>()
  createInterface({ input: agent.stderr }).on('line', (line) => {
    if (line.includes('agent ready')) ready.resolve()
  })
  agent.once('exit', (code) => ready.reject(new Error(`the agent ended with ${code}`)))
  await ready.promise
  return agent
}
