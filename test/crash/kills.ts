import { mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { instanceFolder } from '../../src/agent/instance-folder.ts'
import { isWaiterAlive, readStatus } from '../../src/agent/status-file.ts'
import { describe, ended, put } from '../e2e/clients.ts'
import { agentPid, serve, type ServerProcess } from '../e2e/server-process.ts'
import { removeDataFolder } from '../support/remove-data-folder.ts'
import { Seeded } from '../support/seeded.ts'
import { checkKilled, describedNow } from './check-killed.ts'
import { INPUT, stopJob, submitKillJob, type KillJob } from './kill-jobs.ts'
import type { TableRow } from './table.ts'

const VICTIMS = ['server', 'server and agent', 'agent', 'waiter', 'instance'] as const
type Victim = (typeof VICTIMS)[number]
/** Statuses at which a kill is aimed; the last means a job that is over. */
const MOMENTS = ['Starting', 'Downloading', 'Training', 'Uploading', 'over'] as const
/** A kill comes at most so long after its moment. */
const LATEST_MS = 150
const OVER: readonly string[] = ['Completed', 'Failed', 'Stopped']

/**
 * Kills real servers, agents, waiters and whole instances with SIGKILL while real jobs run, at moments that the seed chooses, and checks every job at the end.
 *
 * @param kills how many
 * @returns a row for each kind of victim, and what was broken in the first that had a kill
 */
export async function runKills(options: { readonly kills: number; readonly seed: number }): Promise<TableRow[]> {
  const data = await mkdtemp(join(tmpdir(), 'trainyard-kills-'))
  await writeFile(join(data, 'trainyard.yaml'), 'keep:\n  failed: 0s\nstop:\n  grace: 2s\n')
  const yard = new KillYard(data, options.seed)
  try {
    for (let kill = 0; kill < options.kills; kill++) await yard.kill(kill)
    const broken = await yard.finish()
    return VICTIMS.map((victim, index) => ({
      part: `SIGKILL: ${victim}`,
      points: yard.killed.filter((one) => one === victim).length,
      scenarios: 5,
      broken: index === 0 ? broken : [],
    }))
  } finally {
    await yard.close()
    await removeDataFolder(data)
  }
}

class KillYard {
  readonly killed: Victim[] = []
  readonly #data: string
  readonly #random: Seeded
  readonly #jobs: KillJob[] = []
  #server: ServerProcess | undefined

  constructor(data: string, seed: number) {
    this.#data = data
    this.#random = new Seeded(seed)
  }

  /** One kill: a job more, a moment in the life of one of the latest, and somebody dies. */
  async kill(number: number): Promise<void> {
    const server = await this.#serving()
    if (number === 0) await put(server.clients, 'data/part', INPUT)
    this.#jobs.push(await submitKillJob(server.clients, number))
    for (const job of this.#jobs.slice(-3, -1)) if (job.ends === 'Stopped') await stopJob(server.clients, job)
    const target = this.#jobs[this.#jobs.length - 1 - this.#random.between(0, Math.min(2, number))]
    const victim = VICTIMS[this.#random.between(0, VICTIMS.length - 1)] ?? 'server'
    const chosen = MOMENTS[this.#random.between(0, MOMENTS.length - 1)] ?? 'over'
    // Only a job that trains has processes.
    const moment = victim === 'waiter' || victim === 'instance' ? 'Training' : chosen
    if (target) await reached(server, target, moment)
    await sleep(this.#random.between(0, LATEST_MS))
    this.killed.push(await this.#strike(victim))
  }

  /** Lets every job come to its end, and checks all of them. */
  async finish(): Promise<string[]> {
    const server = await this.#serving()
    for (const job of this.#jobs) if (job.ends === 'Stopped') await stopJob(server.clients, job)
    for (const { name } of this.#jobs) await ended(server.clients, name)
    const before = await describedNow(server.clients, this.#jobs)
    await server.end('SIGKILL')
    this.#server = undefined
    const again = await this.#serving()
    const broken = await checkKilled(again.clients, this.#jobs)
    if ((await describedNow(again.clients, this.#jobs)) !== before) broken.push('a record changed with another start')
    await again.end('SIGTERM')
    this.#server = undefined
    return [...broken, ...(await leftovers(this.#data))]
  }

  async close(): Promise<void> {
    await this.#server?.end('SIGKILL')
  }

  async #serving(): Promise<ServerProcess> {
    this.#server ??= await serve(this.#data)
    return this.#server
  }

  /** @returns who was killed in the end: where there is no such process at this moment it is the server */
  async #strike(victim: Victim): Promise<Victim> {
    if (victim === 'agent' || victim === 'server and agent') {
      if (!killIfThere(agentOf(this.#data))) return this.#strike('server')
      if (victim === 'agent') return victim
    }
    if (victim === 'waiter' || victim === 'instance')
      return (await this.#strikeInstance(victim)) ? victim : this.#strike('server')
    await this.#server?.end('SIGKILL')
    this.#server = undefined
    return victim
  }

  async #strikeInstance(victim: 'waiter' | 'instance'): Promise<boolean> {
    for (const job of await readdir(join(this.#data, 'jobs'))) {
      const status = readStatus(instanceFolder(this.#data, { jobId: job, attempt: 1, host: 'algo-1' }))
      if (!isWaiterAlive(status)) continue
      // Which of ours it is does not matter: any that is not over yet may be it.
      for (const one of this.#jobs.slice(-8)) one.isDisturbed = true
      if (victim === 'instance') killIfThere(status.childPid)
      return killIfThere(status.waiter?.pid)
    }
    return false
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

/** Workspaces and temporary files. */
async function leftovers(data: string): Promise<string[]> {
  const jobs = await readdir(join(data, 'jobs'))
  const files = await readdir(data)
  return [
    ...jobs.map((job) => `of job ${job} a workspace is left`),
    ...files.filter((file) => file.endsWith('.tmp')).map((file) => `${file} is left`),
  ]
}
