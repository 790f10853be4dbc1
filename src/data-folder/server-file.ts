import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** `server.json`: how the command line finds the server of a data folder. */
export interface ServerFile {
  readonly version: 1
  readonly url: string
  readonly host: string
  readonly port: number
  readonly pid: number
  /** ISO 8601. */
  readonly startedAt: string
  /** The server has ended in order; the file stays for its port, which the next one asks for. */
  readonly stopped?: true
}

export function serverFilePath(root: string): string {
  return join(root, 'server.json')
}

/**
 * The server that says it listens. It may have been killed since: only an answer proves that it lives.
 * @returns undefined where none has ever listened, or the last one has stopped
 */
export async function readServerFile(root: string): Promise<ServerFile | undefined> {
  const server = await readLastServer(root)
  return server?.stopped ? undefined : server
}

/** The server that listened last, stopped or not. @returns undefined also where the file is not one of ours */
export async function readLastServer(root: string): Promise<ServerFile | undefined> {
  const text = await readFile(serverFilePath(root), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isServerFile(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isServerFile(value: unknown): value is ServerFile {
  if (typeof value !== 'object' || value === null) return false
  const { version, url, pid, port } = value as Partial<Record<keyof ServerFile, unknown>>
  return version === 1 && typeof url === 'string' && Number.isInteger(pid) && Number.isInteger(port)
}
