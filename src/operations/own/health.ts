import { statfs, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Runtime } from '../../runtime/runtime.ts'
import type { Store } from '../../store/store.ts'
import { errorCode } from '../../util/error-code.ts'
import type { OwnAnswer } from './own-answer.ts'

export interface HealthParts {
  readonly store: Pick<Store, 'job'>
  readonly runtime: Pick<Runtime, 'problem'>
  /** The data folder. */
  readonly folder: string
}

/** Resolves with what is wrong, in words that say nothing of this machine: anybody may ask. */
type Check = () => Promise<string | undefined>

const OK = 'ok'
/** Large enough that no file system keeps it inside the folder's own entry. */
const PROBE = Buffer.alloc(4096)

/**
 * `GET /-/health`: whether jobs can be accepted and run at this moment. 200 when all is well, else 503; `checks` says of the record, the disk and the
 * agent either `ok` or what is wrong. Those who ask at the same time share one look.
 */
export function serverHealth(parts: HealthParts): () => Promise<OwnAnswer> {
  const checks: Readonly<Record<string, Check>> = {
    store: () => storeProblem(parts.store),
    disk: () => diskProblem(parts.folder),
    agent: async () => parts.runtime.problem?.(),
  }
  let looking: Promise<OwnAnswer> | undefined
  return () => (looking ??= look(checks).finally(() => (looking = undefined)))
}

async function look(checks: Readonly<Record<string, Check>>): Promise<OwnAnswer> {
  const found = await Promise.all(Object.entries(checks).map(async ([name, check]) => [name, (await check()) ?? OK]))
  const isWell = found.every(([, problem]) => problem === OK)
  return {
    status: isWell ? 200 : 503,
    body: { status: isWell ? OK : 'failing', checks: Object.fromEntries(found) as Record<string, string> },
  }
}

async function storeProblem(store: HealthParts['store']): Promise<string | undefined> {
  try {
    await store.job('')
    return undefined
  } catch (error) {
    return `the record of jobs cannot be read (${errorCode(error) ?? 'unknown'})`
  }
}

/** A write is the only question that a full, a read-only and a broken disk all answer. */
async function diskProblem(folder: string): Promise<string | undefined> {
  const probe = join(folder, 'health-probe')
  try {
    await writeFile(probe, PROBE)
    await unlink(probe)
    return undefined
  } catch (error) {
    await unlink(probe).catch(() => {})
    const free = await statfs(folder).catch(() => undefined)
    const left = free ? `, ${free.bavail * free.bsize} bytes are free` : ''
    return `the data folder cannot be written to (${errorCode(error) ?? 'unknown'}${left})`
  }
}
