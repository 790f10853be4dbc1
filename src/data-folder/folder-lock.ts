import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { errorCode } from '../util/error-code.ts'

/** SQLite's result code for a lock that somebody else holds. */
const SQLITE_BUSY = 5

/** Who holds a lock, by its own word. */
export interface LockHolder {
  readonly pid: number
  /** What was typed: `serve`, `keys list`. */
  readonly command: string
}

/**
 * A lock of the kernel's that dies with its process. Node has no flock, but SQLite takes one: a database of its own, held in an exclusive
 * transaction that is never committed. Nothing else may open the file: a POSIX lock is lost when its process closes any descriptor of it.
 * So who holds it stands in a file beside it.
 */
export class FolderLock {
  readonly #path: string
  readonly #database: DatabaseSync

  private constructor(path: string, database: DatabaseSync) {
    this.#path = path
    this.#database = database
  }

  /** @returns undefined where another process holds it. @throws SQLite's error where the file cannot be made or opened */
  static take(path: string, command: string): FolderLock | undefined {
    const database = new DatabaseSync(path)
    try {
      database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    } catch (error) {
      database.close()
      if (isBusy(error)) return undefined
      throw error
    }
    sayHolder(path, { pid: process.pid, command })
    return new FolderLock(path, database)
  }

  /** Whether a process holds it just now; one that cannot be looked at counts as free. */
  static isHeld(path: string): boolean {
    let database: DatabaseSync | undefined
    try {
      database = new DatabaseSync(path, { readOnly: true })
      database.exec('SELECT count(*) FROM sqlite_schema')
      return false
    } catch (error) {
      return isBusy(error)
    } finally {
      database?.close()
    }
  }

  /** @returns undefined where whoever holds it has not said so yet, and where nobody does */
  static holder(path: string): LockHolder | undefined {
    const holder = readHolder(holderFile(path))
    return holder && isAlive(holder.pid) ? holder : undefined
  }

  /** Idempotent. */
  release(): void {
    if (!this.#database.isOpen) return
    // Whoever waits in the folder sees this go, and looks again.
    rmSync(holderFile(this.#path), { force: true })
    this.#database.close()
  }
}

function holderFile(path: string): string {
  return `${path}.holder`
}

/** No durable write: it is of no use to anybody after its process. A disk that refuses it only leaves others without a name for what they meet. */
function sayHolder(path: string, holder: LockHolder): void {
  try {
    writeFileSync(holderFile(path), JSON.stringify(holder), { mode: 0o600 })
  } catch {
    rmSync(holderFile(path), { force: true })
  }
}

function readHolder(file: string): LockHolder | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return isHolder(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isHolder(value: unknown): value is LockHolder {
  if (typeof value !== 'object' || value === null) return false
  const { pid, command } = value as Partial<Record<keyof LockHolder, unknown>>
  return Number.isInteger(pid) && typeof command === 'string'
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // A process of another user's may not be signalled, but it lives.
    return errorCode(error) === 'EPERM'
  }
}
