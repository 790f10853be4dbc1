import { readdirSync, readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { isTemporaryFile } from '../../src/durable/durable-files.ts'

/**
 * What is left of jobs that are over once their server and its agent have ended: processes, mounts, workspaces, sockets and temporary files.
 *
 * @param data the data folder
 * @returns each in words; nothing where all is gone
 */
export async function leftBehind(data: string): Promise<string[]> {
  const jobs = await readdir(join(data, 'jobs'))
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n')
  return [
    ...processesOf(data, jobs).map((process) => `the process ${process} is left`),
    ...mounts.filter((mount) => mount.includes(data)).map((mount) => `the mount ${mount} is left`),
    ...(await Promise.all(
      jobs.map(async (job) => `of job ${job} is left: ${await contents(join(data, 'jobs', job))}`),
    )),
    ...(await strayFiles(data)),
  ]
}

async function contents(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true })
  return names.length === 0 ? 'its empty folder' : names.slice(0, 10).join(', ')
}

async function strayFiles(data: string): Promise<string[]> {
  const entries = await readdir(data, { recursive: true, withFileTypes: true })
  return entries.flatMap((entry) => {
    const path = relative(data, join(entry.parentPath, entry.name))
    if (entry.isSocket()) return [`the socket ${path} is left`]
    if (entry.isFIFO()) return [`the pipe ${path} is left`]
    return isTemporaryFile(entry.name) || /\.(tmp|new)$/.test(entry.name) ? [`the temporary file ${path} is left`] : []
  })
}

/** Servers, agents, waiters and boxes name the folder in their arguments or stand in it, and everything that runs in a box names its instance in its environment. */
export function processesOf(data: string, jobs: readonly string[] = []): string[] {
  const marks = [data, ...jobs.map((job) => `TRAINYARD_INSTANCE=${job}/`)]
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  return pids.flatMap((pid) => {
    const said = `${read(pid, 'cmdline')}\0${read(pid, 'environ')}`
    if (!marks.some((mark) => said.includes(mark))) return []
    return [`${pid} (${read(pid, 'cmdline').replaceAll('\0', ' ').slice(0, 200)})`]
  })
}

/** Nothing where it has ended, or is another user's. */
function read(pid: string, file: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
