/** A call of the Query protocol as SDKs send it: lists as `.member.N`, maps as `.entry.N.key` and `.value` (wire 3). */
export function queryForm(action: string, version: string, input: unknown): string {
  return new URLSearchParams([['Action', action], ['Version', version], ...pairsOf('', input)]).toString()
}

function pairsOf(path: string, value: unknown): [string, string][] {
  if (value === null || value === undefined) return []
  if (Array.isArray(value)) return value.flatMap((item, index) => pairsOf(`${path}.member.${index + 1}`, item))
  if (typeof value !== 'object') return [[path, `${value as string | number | boolean}`]]
  return Object.entries(value).flatMap(([name, member]) => pairsOf(path === '' ? name : `${path}.${name}`, member))
}
