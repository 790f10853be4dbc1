import { setTimeout as sleep } from 'node:timers/promises'
import { instanceFolder, knownInstances, readRecord } from '../../src/agent/instance-folder.ts'
import type { LaunchOrder } from '../../src/agent/messages.ts'
import { isWaiterAlive, readStatus, type CommandStatus } from '../../src/agent/status-file.ts'
import { describe, ended, put } from '../e2e/clients.ts'
import { agentPid, serve, type ServerProcess } from '../e2e/server-process.ts'
import { Seeded } from '../support/seeded.ts'
import { checkKept, checkSeen, describedNow, type BrokenJob } from './check-killed.ts'
import { INPUT, releasePool, stopJob, submitKillJob, type Kind, type KillJob } from './kill-jobs.ts'
import { within } from './within.ts'

export const VICTIMS = ['server', 'server and agent', 'agent', 'waiter', 'instance'] as const
export type Victim = (typeof VICTIMS)[number]
/** Statuses at which a kill is aimed; the last means a job that is over. */
const MOMENTS = ['Starting', 'Downloading', 'Training', 'Uploading', 'over'] as const
/** A kill comes at most so long after its moment. */
const LATEST_MS = 150
const POLL_MS = 20
const OVER: readonly string[] = ['Completed', 'Failed', 'Stopped']

/** A data folder whose servers, agents, waiters and instances are killed with SIGKILL while real jobs run. */
export class KillYard {
  /** Who died, by the number of the kill. */
  readonly killed: Victim[] = []
  readonly #data: string
  readonly #kinds: readonly Kind[]
  readonly #random: Seeded
  readonly #jobs: KillJob[] = []
  #victims: Victim[] = []
  #server: ServerProcess | undefined

  constructor(data: string, kinds: readonly Kind[], seed: number) {
    this.#data = data
    this.#kinds = kinds
    this.#random = new Seeded(seed)
  }

  /** One kill: a job more, a moment in the life of one of the latest, and somebody dies. */
  async kill(number: number): Promise<void> {
    if (this.#victims.length === 0) this.#victims = this.#random.shuffled(VICTIMS)
    const victim = this.#victims.pop() ?? 'server'
    // Only a job that trains has processes.
    const needsProcesses = victim === 'waiter' || victim === 'instance'
    const server = await this.#serving()
    if (number === 0) await put(server.clients, 'data/part', INPUT)
    const kind = this.#kinds[number % this.#kinds.length]
    if (!kind) throw new RangeError('there is no kind of job')
    this.#jobs.push(await submitKillJob(server.clients, kind, { name: `k-${number}`, lingers: needsProcesses }))
    for (const job of this.#jobs.slice(-3, -1)) if (job.ends === 'Stopped') await stopJob(server.clients, job)
    const back = needsProcesses ? 0 : this.#random.between(0, Math.min(2, number))
    const target = this.#jobs.at(-1 - back)
    const moment = needsProcesses ? 'Training' : this.#random.shuffled(MOMENTS)[0]
    if (target && moment) await within(reached(server, target, moment), `${target.name} to be ${moment}`)
    if (target && needsProcesses) await within(this.#begun(server, target), `the processes of ${target.name}`)
    await sleep(this.#random.between(0, LATEST_MS))
    this.killed.push(await this.#strike(victim))
  }

  /** Lets every job come to its end, and checks all of them. */
  async finish(): Promise<BrokenJob[]> {
    const server = await this.#serving()
    for (const job of this.#jobs) if (job.ends === 'Stopped') await stopJob(server.clients, job)
    for (const { name } of this.#jobs) await within(ended(server.clients, name), `${name} to end`)
    for (const job of this.#jobs) if (job.keeps) await releasePool(server.clients, job)
    const before = await describedNow(server.clients, this.#jobs)
    await this.abandon()
    const again = await this.#serving()
    const broken: BrokenJob[] = []
    for (const job of this.#jobs)
      for (const problem of await checkSeen(again.clients, job)) broken.push({ job: job.name, problem })
    for (const [job, now] of await describedNow(again.clients, this.#jobs))
      if (before.get(job) !== now)
        broken.push({ job, problem: `it changed with another start: ${before.get(job)} became ${now}` })
    await again.end('SIGTERM')
    this.#server = undefined
    return [...broken, ...(await checkKept(this.#data, this.#jobs))]
  }

  /** Whatever the server is at; the next one takes it up. */
  async abandon(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    await server?.end('SIGKILL')
  }

  async #serving(): Promise<ServerProcess> {
    if (this.#server) return this.#server
    const starting = ready(this.#data)
    try {
      this.#server = await within(starting, 'a server to listen')
      return this.#server
    } catch (error) {
      // One that comes too late must not keep the folder from the next.
      starting.then(
        (late) => late.end('SIGKILL'),
        () => undefined,
      )
      throw error
    }
  }

  /** @returns who was killed in the end: where there is no such process at this moment it is the server */
  async #strike(victim: Victim): Promise<Victim> {
    if (victim === 'agent' || victim === 'server and agent') {
      if (!killIfThere(agentOf(this.#data))) return this.#strike('server')
      if (victim === 'agent') return victim
    }
    if (victim === 'waiter' || victim === 'instance')
      return (await this.#strikeInstance(victim)) ? victim : this.#strike('server')
    await this.abandon()
    return victim
  }

  /** The newest that runs. @returns false where none does */
  async #strikeInstance(victim: 'waiter' | 'instance'): Promise<boolean> {
    const running = await this.#running()
    const job = this.#jobs.findLast(({ name }) => running.has(name))
    const status = running.get(job?.name ?? '')
    if (!job || !status) return false
    job.isDisturbed = true
    if (victim === 'instance') killIfThere(status.childPid)
    return killIfThere(status.waiter?.pid)
  }

  /** A job is Training a moment before its waiter is there. */
  async #begun(server: ServerProcess, { name }: KillJob): Promise<void> {
    while (!(await this.#running()).has(name)) {
      const { TrainingJobStatus: status = '' } = await describe(server.clients, name)
      if (OVER.includes(status)) return
    }
  }

  /** By the names of jobs: one of their instances that runs. */
  async #running(): Promise<ReadonlyMap<string, CommandStatus>> {
    const running = new Map<string, CommandStatus>()
    for (const id of await knownInstances(this.#data)) {
      const place = instanceFolder(this.#data, id)
      const name = readRecord<LaunchOrder>(place.order)?.spec.variables['TRAINING_JOB_NAME']
      const status = readStatus(place)
      if (name !== undefined && isWaiterAlive(status)) running.set(name, status)
    }
    return running
  }
}

async function reached(server: ServerProcess, { name }: KillJob, moment: string): Promise<void> {
  for (;;) {
    const { SecondaryStatus: secondary, TrainingJobStatus: status = '' } = await describe(server.clients, name)
    if (secondary === moment || OVER.includes(status)) return
    // A job that waits to be stopped does not come further.
    if (moment === 'over' || moment === 'Uploading') if (secondary === 'Training') return
    // Stages are short: one that was missed does not come again.
    if (MOMENTS.findIndex((one) => one === secondary) > MOMENTS.findIndex((one) => one === moment)) return
  }
}

function agentOf(data: string): number | undefined {
  try {
    return agentPid(data)
  } catch {
    return undefined
  }
}

function killIfThere(pid: number | undefined): boolean {
  if (pid === undefined) return false
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

/**
 * A server that has looked at its machine, and whose agent answers. One that is killed while it looks leaves what it tries there for 30 s, by design; and an agent that was
 * killed leaves its socket to the next, which must have come for that.
 */
async function ready(data: string): Promise<ServerProcess> {
  const server = await serve(data)
  while (!(await fetch(`${server.url}/-/health`)).ok) await sleep(POLL_MS)
  return server
}
