const NEWLINE = 10
// oxlint-disable-next-line no-control-regex -- control characters are what this file is about
const CONTROL_CHARACTERS = /[\x00-\x1f\x7f]/g
// oxlint-disable-next-line no-control-regex -- as above
const CONTROL_CHARACTERS_IN_LINES = /[\x00-\x09\x0b-\x1f\x7f]/g

/**
 * The text of one line as the Logs API and metric expressions see it: without its newline, control characters as `#` and three octal digits
 * (`#011` for a tab, `#015` for a carriage return; behaviour 5.1), bytes that are not UTF-8 as U+FFFD.
 */
export function logText(line: Buffer): string {
  const text = line.toString('utf8', 0, line.at(-1) === NEWLINE ? line.length - 1 : line.length)
  return text.replace(CONTROL_CHARACTERS, escapeControl)
}

/** Escapes the control characters of text that has been decoded already; newlines stay, so it may be many lines. */
export function escapeControls(text: string): string {
  return text.replace(CONTROL_CHARACTERS_IN_LINES, escapeControl)
}

/**
 * Whether a text that is in escaped lines is in the same lines before they are escaped: it shares no character with what escaping puts in.
 */
export function isUntouchedByEscaping(text: string): boolean {
  return /^[^#0-7](?:[^#]*[^#0-7])?$/s.test(text)
}

function escapeControl(character: string): string {
  return `#${character.charCodeAt(0).toString(8).padStart(3, '0')}`
}
