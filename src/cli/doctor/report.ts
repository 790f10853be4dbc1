import { typed } from '../server/typed-command.ts'
import type { Output } from '../terminal/output.ts'
import { displayWidth, pad } from '../terminal/width.ts'
import { wrap } from '../terminal/wrap.ts'
import { FINDING_GROUPS, type Finding } from './finding.ts'

interface ExaminedServer {
  readonly dataFolder: string
  /** Where it listens, if it runs. */
  readonly url?: string | undefined
}

/** Whether a server on this folder can run jobs. */
export function canRunJobs(findings: readonly Finding[]): boolean {
  return findings.every((finding) => finding.had || !finding.required)
}

/** The findings for the eye: what is had on a line, what is missing with its price and its cure. */
export function reportLines(findings: readonly Finding[], server: ExaminedServer, out: Output): readonly string[] {
  const width = Math.max(...findings.map(({ name }) => displayWidth(name)))
  const groups = FINDING_GROUPS.map((group) => ({ group, found: findings.filter((each) => each.group === group) }))
  const lines = groups
    .filter(({ found }) => found.length > 0)
    .flatMap(({ group, found }) => [
      '',
      out.styles.bold(title(group)),
      ...found.flatMap((each) => entry(each, width, out)),
    ])
  return [...lines, '', ...verdict(findings, server, out)]
}

function title(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function entry(finding: Finding, nameWidth: number, out: Output): readonly string[] {
  const { styles } = out
  const label = `  ${mark(finding, out)} ${pad(finding.name, nameWidth)}  `
  const indent = ' '.repeat(nameWidth + 6)
  const put = (text: string) => wrap(text, out.width - indent.length)
  const [first = '', ...rest] = put(finding.detail)
  const lines = [`${label}${first}`, ...rest.map((line) => indent + line)]
  if (finding.why !== undefined) lines.push(...put(finding.why).map((line) => indent + styles.dim(line)))
  if (finding.cure !== undefined) lines.push(...put(`→ ${finding.cure}`).map((line) => indent + styles.cyan(line)))
  return lines
}

function mark({ had, required }: Finding, { styles }: Output): string {
  if (had) return styles.green('✓')
  return required ? styles.red('✗') : styles.yellow('–')
}

function verdict(
  findings: readonly Finding[],
  { dataFolder, url }: ExaminedServer,
  { styles }: Output,
): readonly string[] {
  const lacking = findings.filter((finding) => !finding.had && finding.required)
  if (lacking.length > 0) {
    const names = lacking.map(({ name }) => name).join(', ')
    const started = url === undefined ? [] : [`The one that runs already, on ${url}, goes on as it was started.`]
    return [`${styles.red('A server cannot run jobs here.')} It needs: ${names}.`, ...started]
  }
  const next = url === undefined ? `Start it with: ${typed('serve', dataFolder)}` : `One runs already, on ${url}`
  return [`${styles.green('A server can run jobs here.')} ${next}`]
}
