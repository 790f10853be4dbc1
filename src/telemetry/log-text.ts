// oxlint-disable-next-line no-control-regex -- control characters are what this file is about
const CONTROL_CHARACTERS = /[\x00-\x09\x0b-\x1f\x7f]/g

/**
 * Text as the Logs API and metric expressions see it: control characters as `#` and three octal digits (`#011` for a tab, `#015` for a carriage return;
 * behaviour 5.1). Newlines stay, so it may be many lines.
 */
export function escapeControls(text: string): string {
  return text.replace(CONTROL_CHARACTERS, escapeControl)
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
