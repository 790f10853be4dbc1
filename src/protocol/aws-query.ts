import { AwsError } from './errors.ts'
import { decodePairs } from './uri.ts'
import { escapeXml, xmlContent, XML_DECLARATION, type XmlMembers } from './xml-writer.ts'

/** A call of the Query protocol: which operation, of which version, with which input. */
export interface QueryCall {
  readonly action: string
  readonly version: string
  /** Numbers and times stay text, as they came. */
  readonly input: object
}

type QueryNode = string | Map<string, QueryNode>

/** Far more than any input has; deeper or longer is somebody trying. */
const DEEPEST = 16
const MOST_PARAMETERS = 10_000
const INDEX = /^[1-9]\d{0,5}$/
/** Of a presigned GET: they belong to the signature. */
const SIGNATURE_PREFIX = 'X-Amz-'

/**
 * Decodes a form body, or the query string of a GET (wire 3): `Name.member.N` are lists, `Name.entry.N.key` and `.value` are maps, other dots
 * are structures.
 * @throws AwsError `MalformedQueryString`, `MissingAction`
 */
export function decodeQuery(text: string): QueryCall {
  const pairs = pairsOf(text)
  const root = new Map<string, QueryNode>()
  let action = ''
  let version = ''
  for (const [name, value] of pairs) {
    if (name === 'Action') action = value
    else if (name === 'Version') version = value
    else if (!name.startsWith(SIGNATURE_PREFIX)) put(root, name, value)
  }
  if (action === '') throw new AwsError('MissingAction', 'The request must contain the parameter Action.')
  return { action, version, input: structureOf(root) }
}

/** The answer's document. @param output undefined where the operation has none */
export function encodeQueryResponse(
  action: string,
  output: object | undefined,
  context: { readonly namespace: string; readonly requestId: string },
): string {
  // Operations return plain members; the writer turns anything else into text.
  const members = output as XmlMembers | undefined
  const result = members ? `<${action}Result>${xmlContent(members, 'member')}</${action}Result>` : ''
  const metadata = `<ResponseMetadata><RequestId>${escapeXml(context.requestId)}</RequestId></ResponseMetadata>`
  return `<${action}Response xmlns="${escapeXml(context.namespace)}">${result}${metadata}</${action}Response>\n`
}

/** `<ErrorResponse><Error><Type>Sender</Type>…` (wire 3). */
export function encodeQueryError(
  error: AwsError,
  context: { readonly namespace: string; readonly requestId: string },
): string {
  const { code, message, status } = error
  const members = { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message, ...error.details }
  const content = `<Error>${xmlContent(members, 'member')}</Error><RequestId>${escapeXml(context.requestId)}</RequestId>`
  return `${XML_DECLARATION}<ErrorResponse xmlns="${escapeXml(context.namespace)}">${content}</ErrorResponse>\n`
}

function pairsOf(text: string): readonly (readonly [string, string])[] {
  try {
    const pairs = decodePairs(text)
    if (pairs.length <= MOST_PARAMETERS) return pairs
  } catch (cause) {
    throw malformedQuery('a parameter is not percent-encoded UTF-8', cause)
  }
  throw malformedQuery(`more than ${MOST_PARAMETERS} parameters`)
}

function put(root: Map<string, QueryNode>, name: string, value: string): void {
  const parts = name.split('.')
  const last = parts.pop() ?? ''
  if (parts.length >= DEEPEST) throw malformedQuery('a parameter is nested too deep')
  let node = root
  for (const part of parts) {
    const next: QueryNode = node.get(part) ?? new Map<string, QueryNode>()
    if (typeof next === 'string') throw malformedQuery(`parameter ${name} is given in two forms`)
    node.set(part, next)
    node = next
  }
  if (node.has(last)) throw malformedQuery(`parameter ${name} is given twice`)
  node.set(last, value)
}

function valueOf(node: QueryNode): unknown {
  if (typeof node === 'string') return node
  const members = onlyChild(node, 'member')
  if (members) return items(members).map(valueOf)
  const entries = onlyChild(node, 'entry')
  if (entries) return Object.fromEntries(items(entries).map(entryOf))
  return structureOf(node)
}

function structureOf(node: ReadonlyMap<string, QueryNode>): object {
  return Object.fromEntries([...node].map(([name, child]) => [name, valueOf(child)]))
}

/** The numbered children, where there is nothing but a node of that name. */
function onlyChild(node: ReadonlyMap<string, QueryNode>, name: string): ReadonlyMap<string, QueryNode> | undefined {
  const child = node.size === 1 ? node.get(name) : undefined
  if (child === undefined || typeof child === 'string') return undefined
  return [...child.keys()].every((key) => INDEX.test(key)) ? child : undefined
}

/** In the order of their numbers, which need not be without gaps. */
function items(node: ReadonlyMap<string, QueryNode>): readonly QueryNode[] {
  return [...node].sort(([a], [b]) => Number(a) - Number(b)).map(([, item]) => item)
}

function entryOf(node: QueryNode): readonly [string, unknown] {
  const key = typeof node === 'string' ? undefined : node.get('key')
  const value = typeof node === 'string' ? undefined : node.get('value')
  if (typeof key === 'string' && value !== undefined) return [key, valueOf(value)]
  throw malformedQuery('a map entry needs a key and a value')
}

function malformedQuery(what: string, cause?: unknown): AwsError {
  return new AwsError('MalformedQueryString', `The query string is not well-formed: ${what}.`, { status: 404, cause })
}
