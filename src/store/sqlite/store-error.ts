/** A write that could not be made durable. Nothing of it happened, and the store goes on working. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: 'disk-full' | 'read-only' | 'io'

  constructor(code: StoreError['code'], cause: unknown) {
    super(MESSAGES[code], { cause })
    this.code = code
  }
}

const MESSAGES = {
  'disk-full': 'The disk that holds the data folder is full: free some space; the request may then be sent again.',
  'read-only':
    'The data folder cannot be written to: check its permissions and whether its file system is mounted read-only.',
  io: 'The disk that holds the data folder failed to read or write.',
} as const satisfies Record<StoreError['code'], string>

/** SQLite's primary result codes that mean the disk, not the statement. */
const CODES = new Map<number, StoreError['code']>([
  [13, 'disk-full'],
  [8, 'read-only'],
  [10, 'io'],
  [14, 'io'],
])

/** Names an error of the disk; every other is handed back as it is. */
export function storeError(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error
  // An extended code carries the primary one in its low byte.
  const code = CODES.get(error.errcode & 0xff)
  return code === undefined ? error : new StoreError(code, error)
}
