import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { InstanceId } from '../runtime/runtime.ts'
import { isMissing } from '../util/error-code.ts'

/** Where everything of one instance lies. The folder is the truth about it: whoever opens it, this agent or the next, finds the same. */
export interface InstanceFolder {
  readonly id: InstanceId
  readonly folder: string
  /** What is to be launched, and how: the first thing to be written, the last to be removed. */
  readonly order: string
  /** There once the launch is complete. */
  readonly launched: string
  /** Made by whoever decides whether the command runs: the start, or the one that calls it off. */
  readonly claim: string
  /** Boot id, and the waiter's own line of /proc/self/stat. */
  readonly waiter: string
  /** JSON lines by the box: child-pid, started, exit-code. */
  readonly status: string
  /** There where the waiter could not enter the instance's control groups. */
  readonly unlimited: string
  /** What was known when the command was started. */
  readonly started: string
  /** Room on the disk, given up when the command has ended: a job that has filled the disk must not keep its end from being written. */
  readonly reserve: string
  /** A stop that has begun. */
  readonly stop: string
  /** How the command ended, written once its log is sealed. */
  readonly end: string
  /** The command's environment, for its last step before it runs. */
  readonly environ: string
  readonly downloaded: string
  /** Packed artifacts and what is known of them. */
  readonly out: string
  readonly collected: string
  /** In a machine without namespaces where a job's user cannot enter the data folder these lie elsewhere; hence not simply `<folder>/ml`. */
  readonly ml: string
  readonly scratch: string
  /** Overlay channels: farms of links below, what the job changed above. */
  readonly overlays: string
}

/** The folder of an instance, for whoever asks for nothing in it. @param dataFolder absolute */
export function instancePath(dataFolder: string, { jobId, attempt, host }: InstanceId): string {
  return join(dataFolder, 'jobs', jobId, String(attempt), host)
}

/**
 * @param dataFolder absolute
 * @param workspaces absolute path under which `ml` and `scratch` lie where that is not the instance's own folder
 */
export function instanceFolder(dataFolder: string, id: InstanceId, workspaces?: string): InstanceFolder {
  const folder = instancePath(dataFolder, id)
  const open = workspaces === undefined ? folder : join(workspaces, `${id.jobId}-${id.attempt}-${id.host}`)
  return {
    id,
    folder,
    order: join(folder, 'order.json'),
    launched: join(folder, 'launched.json'),
    claim: join(folder, 'claim'),
    waiter: join(folder, 'waiter'),
    status: join(folder, 'status'),
    unlimited: join(folder, 'unlimited'),
    started: join(folder, 'started.json'),
    reserve: join(folder, 'reserve'),
    stop: join(folder, 'stop.json'),
    end: join(folder, 'end.json'),
    environ: join(folder, 'environ'),
    downloaded: join(folder, 'downloaded.json'),
    out: join(folder, 'out'),
    collected: join(folder, 'collected.json'),
    ml: join(open, 'ml'),
    scratch: join(open, 'scratch'),
    overlays: join(folder, 'overlays'),
  }
}

/** Lies beside the folders of an attempt's instances. */
export const NETWORK_FOLDER = 'net'

/** The value of TRAINYARD_INSTANCE. */
export function instanceName({ jobId, attempt, host }: InstanceId): string {
  return `${jobId}/${attempt}/${host}`
}

/** Every instance that has a folder, whatever is left in it. */
export async function knownInstances(dataFolder: string): Promise<InstanceId[]> {
  const jobs = join(dataFolder, 'jobs')
  const known: InstanceId[] = []
  for (const jobId of await folderNames(jobs)) {
    for (const attempt of await folderNames(join(jobs, jobId))) {
      if (!/^\d+$/.test(attempt)) continue
      const hosts = await folderNames(join(jobs, jobId, attempt))
      known.push(
        ...hosts.filter((name) => name !== NETWORK_FOLDER).map((host) => ({ jobId, attempt: Number(attempt), host })),
      )
    }
  }
  return known
}

/** Of the folders in a folder, which may be missing. */
export async function folderNames(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

let written = 0

/** A file of ours that is there whole or not at all. It need not survive a crash of the machine: that ends every instance anyway
 * (recipe, 5). Written at once: for a file this small a turn through the thread pool costs many times the write itself. */
export function writeRecord(file: string, value: object): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  // Two writers of one record must not share this.
  const temporary = `${file}.${process.pid}-${++written}.new`
  writeFileSync(temporary, JSON.stringify({ version: 1, ...value }), { mode: 0o600 })
  renameSync(temporary, file)
}

/** @returns undefined where there is no such file, or what a crash of the machine left of one */
export function readRecord<T extends object>(file: string): T | undefined {
  const text = readText(file)
  if (text === undefined) return undefined
  try {
    // Only `writeRecord` writes these files, so their shape is known.
    return JSON.parse(text) as T
  } catch (error) {
    // Nothing synced it, so that the name may be there without the bytes.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** @returns undefined where there is no such file */
export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
