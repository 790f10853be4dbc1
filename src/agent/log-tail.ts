import { open } from 'node:fs/promises'

const TAIL_BYTES = 400

/** The end of a log in one line: what a helper said before it gave up. Empty where nothing was said. */
export async function readLogTail(path: string): Promise<string> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  const { buffer, bytesRead } = await file.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, Math.max(0, size - TAIL_BYTES))
  return buffer
    .toString('utf8', 0, bytesRead)
    .trim()
    .replaceAll(/\s*\n\s*/g, '; ')
}
