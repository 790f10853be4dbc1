import { isMap, isScalar, LineCounter, parseDocument, type Document } from 'yaml'
import { compileConfig, ConfigError, type Config, type ConfigIssue } from '../config/config.ts'
import { DataFolderError } from './data-folder-error.ts'

/** @param path of the file that the text is from, for errors. @throws DataFolderError BadConfiguration */
export function parseConfiguration(path: string, text: string): Config {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [error] = document.errors
  if (error) throw invalid(path, [error.message], error)
  try {
    return compileConfig(document.toJS())
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw invalid(path, [String(cause)], cause)
    const found = cause.issues.map((issue) => ({ issue, line: lineOf(document, lines, issue.path) }))
    found.sort((a, b) => a.line - b.line)
    throw invalid(
      path,
      found.map(({ issue, line }) => describe(issue, line)),
      cause,
    )
  }
}

function invalid(path: string, found: readonly string[], cause: unknown): DataFolderError {
  const indented = found
    .join('\n')
    .trimEnd()
    .replaceAll(/^(?=.)/gm, '  ')
  const text = `${path} is not a valid configuration. Mend it and start again:\n${indented}`
  return new DataFolderError('BadConfiguration', text, { cause })
}

function describe({ path, message }: ConfigIssue, line: number): string {
  return path.length === 0 ? `line ${line}: ${message}` : `line ${line}, ${path.join('.')}: ${message}`
}

/** @returns the line of the member, or of the nearest one around it that the file names; counted from 1 */
function lineOf(document: Document, lines: LineCounter, path: ConfigIssue['path']): number {
  for (let depth = path.length; depth > 0; depth--) {
    const around = document.getIn(path.slice(0, depth - 1), true)
    if (!isMap(around)) continue
    const name = String(path[depth - 1])
    const key = around.items.map((pair) => pair.key).find((each) => isScalar(each) && String(each.value) === name)
    if (isScalar(key) && key.range) return lines.linePos(key.range[0]).line
  }
  return 1
}
