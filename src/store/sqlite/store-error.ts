import { ForbiddenTransitionError } from '../../lifecycle/transitions.ts'

export type StoreErrorCode = 'disk-full' | 'read-only' | 'io' | 'damaged' | 'busy' | 'refused' | 'closed'

/** The record cannot be read or written. A write that throws it has changed nothing, and the store goes on working, unless it is closed. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode
  /** The database. */
  readonly path: string

  constructor(code: StoreErrorCode, path: string, cause: unknown) {
    super(MESSAGES[code](path), { cause })
    this.code = code
    this.path = path
  }
}

const MESSAGES = {
  'disk-full': (path) => `The disk that holds ${path} is full. Free some space; the request may then be sent again.`,
  'read-only': (path) =>
    `${path} cannot be written to. Check its permissions, and whether its file system is mounted read-only.`,
  io: (path) => `The disk that holds ${path} failed to read or write. Look into the system's log for why.`,
  damaged: (path) => `${path} is not a database, or is damaged. Put a backup in its place.`,
  busy: (path) => `${path} is being written to by another program. End that program.`,
  refused: (path) =>
    `${path} refused a write that its own rules forbid. This is a fault of Trainyard's: please report it.`,
  closed: (path) => `${path} has been closed, because the server is stopping. Send the request again once it is back.`,
} as const satisfies Record<StoreErrorCode, (path: string) => string>

/** SQLite's primary result codes, by name. */
const CODES = new Map<number, StoreErrorCode>([
  [3, 'read-only'], // PERM
  [5, 'busy'], // BUSY
  [8, 'read-only'], // READONLY
  [10, 'io'], // IOERR
  [11, 'damaged'], // CORRUPT
  [13, 'disk-full'], // FULL
  [14, 'io'], // CANTOPEN
  [19, 'refused'], // CONSTRAINT
  [26, 'damaged'], // NOTADB
])

/** Names an error of SQLite's; every other is handed back as it is. */
export function storeError(error: unknown, path: string): unknown {
  if (error instanceof ForbiddenTransitionError) return new StoreError('refused', path, error)
  if (!(error instanceof Error) || !('code' in error)) return error
  // What node:sqlite says of a database that is closed, and of its statements.
  if (error.code === 'ERR_INVALID_STATE') return new StoreError('closed', path, error)
  if (!('errcode' in error) || typeof error.errcode !== 'number') return error
  // An extended code carries the primary one in its low byte.
  const code = CODES.get(error.errcode & 0xff)
  return code === undefined ? error : new StoreError(code, path, error)
}
