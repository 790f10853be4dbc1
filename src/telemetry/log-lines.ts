/**
 * Where the lines of a raw stream begin and end. Every rule looks at nearby bytes only, so that a page at the tail of a file of any size, even
 * one without a single newline, is found without reading what comes before it, and so that the same bytes are cut alike from either side.
 *
 * A line ends after a newline. One that has run for `LINE_GRID` bytes is also cut at every multiple of `LINE_GRID`: up to 128 KiB a line is never cut,
 * above 256 KiB always. So a piece has at most 256 KiB, and even with every byte escaped (`#011`) it stays within the 1 MiB of a page.
 */
export const LINE_GRID = 128 * 1024

/** Bytes from a line's start within which its end is always found, if it has one. */
export const LINE_REACH = 2 * LINE_GRID + 4

/** A cut lies so many bytes before the end of the bytes that decide it, at most: the rest of a character, and the byte that is no newline. */
export const BYTES_BEHIND_A_CUT = 4

const NEWLINE = 10

/** A piece of the raw file around the lines that are looked for. */
export interface LineWindow {
  readonly bytes: Buffer
  /** Offset of the first byte in the file. */
  readonly base: number
  /** The file offset up to which bytes may be shown; the window does not go beyond it. */
  readonly visible: number
  /** Nothing will be added: a last line without newline counts. */
  readonly sealed: boolean
}

/**
 * @param start offset at which a line begins
 * @returns the offset after the line, or undefined where the window does not show its end
 */
export function lineEnd({ bytes, base, visible, sealed }: LineWindow, start: number): number | undefined {
  const newline = bytes.indexOf(NEWLINE, start - base)
  const cut = Math.ceil(start / LINE_GRID) * LINE_GRID + LINE_GRID
  if (newline >= 0 && base + newline <= cut) return base + newline + 1
  if (cut < base + bytes.length) return base + characterStart(bytes, cut - base)
  return sealed && start < visible && base + bytes.length === visible ? visible : undefined
}

/** Ends of all lines that the window shows whole, from the line that begins at the window's base on. */
export function lineEnds(window: LineWindow): number[] {
  const ends: number[] = []
  for (let end = lineEnd(window, window.base); end !== undefined; end = lineEnd(window, end)) ends.push(end)
  return ends
}

/**
 * The last place not after `position` where a line begins.
 * @param window must reach from `LINE_REACH` before `position`, or the file's start, to `LINE_REACH` after it, or the visible end
 */
export function lineStart(window: LineWindow, position: number): number {
  let start = anchor(window, position)
  for (let end = lineEnd(window, start); end !== undefined && end <= position; end = lineEnd(window, start)) start = end
  return start
}

/** Some place not after `position` where a line certainly begins. */
function anchor({ bytes, base }: LineWindow, position: number): number {
  const newline = position > base ? bytes.lastIndexOf(NEWLINE, position - base - 1) : -1
  if (newline >= 0) return base + newline + 1
  if (base === 0) return 0
  // No newline for LINE_REACH bytes: the line is old enough that it was cut at the last multiple of the grid.
  const cut = Math.floor((position - 1) / LINE_GRID) * LINE_GRID
  return base + characterStart(bytes, cut - base)
}

/** Moves a cut back to the start of the UTF-8 character that it would split; bytes that are not UTF-8 are split where they are. */
function characterStart(bytes: Buffer, index: number): number {
  for (let back = 0; back < 4; back++) if (((bytes[index - back] ?? 0) & 0xc0) !== 0x80) return index - back
  return index
}
