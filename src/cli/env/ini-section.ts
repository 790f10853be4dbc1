/**
 * Sets keys in one section of an INI file such as `~/.aws/config`, and changes nothing else: other sections, other keys, comments and blank lines stay as they
 * are. Setting the same again changes nothing.
 *
 * @param text the file, empty where there is none
 * @param section what stands between the brackets
 */
export function setInSection(text: string, section: string, values: Readonly<Record<string, string>>): string {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n')
  const start = lines.findIndex((line) => headingOf(line) === section)
  if (start < 0) return appended(lines, section, values)
  const after = lines.findIndex((line, at) => at > start && headingOf(line) !== undefined)
  const end = after < 0 ? lines.length : after
  const body = replaced(lines.slice(start + 1, end), values)
  return `${[...lines.slice(0, start + 1), ...body, ...lines.slice(end)].join('\n')}\n`
}

function headingOf(line: string): string | undefined {
  return /^\s*\[\s*(.+?)\s*\]/.exec(line)?.[1]?.replaceAll(/\s+/g, ' ')
}

function appended(lines: readonly string[], section: string, values: Readonly<Record<string, string>>): string {
  const gap = lines.length > 0 && lines.at(-1) !== '' ? [''] : []
  return `${[...lines, ...gap, `[${section}]`, ...Object.entries(values).map(assignment)].join('\n')}\n`
}

/** A key that is there keeps its place, a new one goes to the end, before the blank lines that part the section from the next. */
function replaced(body: readonly string[], values: Readonly<Record<string, string>>): readonly string[] {
  const left = new Map(Object.entries(values))
  const lines = body.map((line) => {
    // An indented line belongs to a nested block of the key above it.
    const key = /^([^\s=#;[][^=]*?)\s*=/.exec(line)?.[1]
    const value = key === undefined ? undefined : left.get(key)
    if (key === undefined || value === undefined) return line
    left.delete(key)
    return assignment([key, value])
  })
  const filled = lines.findLastIndex((line) => line.trim() !== '') + 1
  return [...lines.slice(0, filled), ...[...left].map(assignment), ...lines.slice(filled)]
}

function assignment([key, value]: readonly [string, string]): string {
  return `${key} = ${value}`
}
