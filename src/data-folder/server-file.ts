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
}

export function serverFilePath(root: string): string {
  return join(root, 'server.json')
}

/** @returns undefined where no server has ever listened, or the file is not one of ours */
export async function readServerFile(root: string): Promise<ServerFile | undefined> {
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
  return (
    'version' in value &&
    value.version === 1 &&
    'url' in value &&
    typeof value.url === 'string' &&
    'pid' in value &&
    'port' in value
  )
}
