import type { Shape } from '../protocol/shape-arbitrary.ts'

/**
 * A call of the Query protocol as SDKs send it: lists as `.member.N`, an empty one as an empty text, maps as `.entry.N.key` and `.value` (wire 3).
 * @param shape tells which objects are maps; without it none is
 */
export function queryForm(action: string, version: string, input: unknown, shape: Shape = {}): string {
  return new URLSearchParams([['Action', action], ['Version', version], ...pairsOf('', input, shape)]).toString()
}

/** Whether a form holds all of a value: of a structure without members it holds nothing. */
export function fitsForm(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((item) => item !== null && fitsForm(item))
  if (typeof value !== 'object' || value === null) return true
  const members = Object.values(value).filter((member) => member !== null)
  return members.length > 0 && members.every(fitsForm)
}

function pairsOf(path: string, value: unknown, shape: Shape): [string, string][] {
  if (value === null || value === undefined) return []
  if (Array.isArray(value)) return value.length === 0 ? [[path, '']] : listPairs(path, value, shape.items)
  if (typeof value !== 'object') return [[path, textOf(value as string | number | boolean)]]
  if (shape.propertyNames) return mapPairs(path, value, Object.values(shape.patternProperties ?? {})[0])
  return Object.entries(value).flatMap(([name, member]) =>
    pairsOf(path === '' ? name : `${path}.${name}`, member, shape.properties?.[name] ?? {}),
  )
}

function listPairs(path: string, items: readonly unknown[], shape: Shape = {}): [string, string][] {
  return items.flatMap((item, index) => pairsOf(`${path}.member.${index + 1}`, item, shape))
}

function mapPairs(path: string, map: object, shape: Shape = {}): [string, string][] {
  return Object.entries(map).flatMap(([key, value], index) => {
    const entry = `${path}.entry.${index + 1}`
    return [[`${entry}.key`, key], ...pairsOf(`${entry}.value`, value, shape)]
  })
}

/** A number too large for a double is still digits. */
function textOf(value: string | number | boolean): string {
  return `${value}`.replace('Infinity', '1e999')
}
