import { s3Error } from './s3-errors.ts'

const LONGEST_KEY = 1024

/** @throws AwsError KeyTooLongError */
export function requireKeyLength(key: string): void {
  const size = Buffer.byteLength(key)
  if (size <= LONGEST_KEY) return
  throw s3Error('KeyTooLongError', { Size: String(size), MaxSizeAllowed: String(LONGEST_KEY) })
}
