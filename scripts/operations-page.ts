import { globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Access, Operation, Service } from '../src/operations/operation.ts'
import { HEADERS, HONOURED, SUBRESOURCES } from '../src/operations/s3/not-implemented.ts'
import { ROUTES, type Route } from '../src/operations/s3/service.ts'
import { MEMBERS, type MemberRow } from '../src/operations/sagemaker/members.ts'
import { UNHEEDED_MEMBERS } from '../src/operations/unheeded-members.ts'

/** Writes docs/operations.md from the tables that the server itself works by. Run by hand: node scripts/operations-page.ts */
const ROOT = join(import.meta.dirname, '..')
const PAGE = join(ROOT, 'docs/operations.md')

const TITLES: Readonly<Record<string, string>> = {
  sagemaker: 'SageMaker',
  'sagemaker-metrics': 'SageMaker Metrics',
  logs: 'CloudWatch Logs',
  monitoring: 'CloudWatch metrics',
  sts: 'STS',
  iam: 'IAM',
}

const INTRODUCTION = `# Operations

Made from the code by \`node scripts/operations-page.ts\`; a test fails when it is out of date. Every operation that this server has, with the members of its input: those
that are **honoured**, those **without effect** (taken, shown again where AWS shows them, and done by nobody), and those **refused**, always with an error that names
the member. A read-only key may call those whose access is \`read\`, and S3's by GET and HEAD. An operation that is not here answers
\`UnknownOperationException\`, \`InvalidAction\` (Query) or \`NotImplemented\` (S3).
[What happens instead](guides/not-supported.md) has the reasons in one page.
`

/** One service as it is spoken, in one or several protocols. */
interface Spoken {
  readonly name: string
  readonly protocols: readonly string[]
  readonly operations: Readonly<Record<string, Operation>>
}

/** The whole page. */
export async function operationsPage(): Promise<string> {
  const services = await spokenServices()
  const texts = services.flatMap((service) => [
    serviceText(service),
    ...(service.name === 'sagemaker' ? [createTrainingJobText()] : []),
  ])
  const parts = [INTRODUCTION, ...texts, s3Text()]
  return `${parts.map((part) => part.trim()).join('\n\n')}\n`
}

/** Every service that has a table of operations; the tables are made without a server, for nothing is called. */
export async function spokenServices(): Promise<readonly Spoken[]> {
  const services: Service[] = []
  for (const file of globSync('src/operations/*/service.ts', { cwd: ROOT }).sort()) {
    const module = (await import(join(ROOT, file))) as Readonly<Record<string, unknown>>
    for (const make of Object.values(module)) if (isFactory(make)) services.push(...[make({ logsFolder: '/' })].flat())
  }
  const named = Object.groupBy(services, ({ name }) => name)
  const order = Object.keys(TITLES)
  return Object.entries(named)
    .map(([name, same = []]) => ({
      name,
      protocols: same.map(protocolOf),
      operations: same[0]?.operations ?? {},
    }))
    .sort((a, b) => place(order, a.name) - place(order, b.name) || a.name.localeCompare(b.name))
}

function isFactory(value: unknown): value is (context: object) => Service | readonly Service[] {
  return typeof value === 'function' && /Services?$/.test(value.name) && value.name !== 's3Service'
}

function place(order: readonly string[], name: string): number {
  return order.includes(name) ? order.indexOf(name) : order.length
}

function protocolOf(service: Service): string {
  if (service.protocol === 'json') return `JSON ${service.jsonVersion}`
  return PROTOCOLS[service.protocol]
}

const PROTOCOLS = { query: 'Query', cbor: 'CBOR', 'rest-json': 'REST JSON' } as const

function serviceText({ name, protocols, operations }: Spoken): string {
  const rows = Object.entries(operations)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([operation, { access, input }]) =>
      operationRow(name, { operation, access }, Object.keys(propertiesOf(input))),
    )
  return `## ${TITLES[name] ?? name}\n\nService \`${name}\`; ${protocols.join(', ')}.\n\n${table(
    ['operation', 'access', 'honoured', 'without effect', 'refused'],
    rows,
  )}`
}

export function propertiesOf(input: object): object {
  return 'properties' in input && typeof input.properties === 'object' ? (input.properties ?? {}) : {}
}

function operationRow(
  service: string,
  { operation, access }: { readonly operation: string; readonly access: Access },
  members: readonly string[],
): readonly string[] {
  if (operation === 'CreateTrainingJob')
    return [code(operation), access, '[member by member](#createtrainingjob-member-by-member)', '', '']
  const rows = UNHEEDED_MEMBERS.filter((row) => row.service === service && row.operation === operation)
  const unheeded = rows.filter(({ treatment }) => treatment !== 'partly refused').map(({ member }) => member)
  const honoured = members.filter((member) => !unheeded.includes(member))
  const notes = (...treatments: readonly string[]) =>
    rows.filter((row) => treatments.includes(row.treatment)).map(({ member, note }) => `${code(member)}: ${note}`)
  return [
    code(operation),
    access,
    honoured.map(code).join(', ') || (members.length === 0 ? 'no members' : ''),
    notes('without effect').join('<br>'),
    notes('refused', 'partly refused').join('<br>'),
  ]
}

function createTrainingJobText(): string {
  const rows = MEMBERS.map((row) => [code(row.path), treatmentOf(row), noteOf(row)])
  return `### CreateTrainingJob, member by member

A row speaks for everything below its member that has no row of its own; \`[]\` is every item of a list.

${table(['member', 'what is done', 'note'], rows)}`
}

function treatmentOf({ treatment }: MemberRow): string {
  return treatment === 'echoed' ? 'without effect' : treatment
}

function noteOf(row: MemberRow): string {
  if (row.treatment === 'honoured') return ''
  const note = row.treatment === 'refused' ? row.why : row.note
  return row.unless ? `${note} (harmless values are taken)` : note
}

function s3Text(): string {
  const rows = ROUTES.map((route) => [
    code(operationName(route)),
    code(`${route.method} ${RESOURCES[route.on]}${(route.query ?? []).map((name) => `?${name}`).join('')}`),
    [route.header ? code(route.header) : '', route.heeds ? code(route.heeds.source) : ''].filter(Boolean).join('<br>'),
  ])
  const taken = Object.entries(HONOURED).map(([header, values]) => `${code(header)}: ${values.map(code).join(', ')}`)
  return `## S3

Path-style and virtual-host style, REST/XML. Beside those of each operation, every operation heeds the headers of its plain form: metadata, checksums, ranges and
conditions on reading.

${table(['operation', 'request', 'headers of its own (regular expressions)'], rows)}

Refused with \`NotImplemented\` that names it, unless the operation above heeds it:

- the query parameters ${[...SUBRESOURCES].map(code).join(', ')}
- headers that match ${HEADERS.map(({ source }) => code(source)).join(', ')}
- any other value of ${taken.join('; ')}`
}

const RESOURCES = {
  service: '/',
  'new-bucket': '/bucket',
  bucket: '/bucket',
  object: '/bucket/key',
} as const satisfies Record<Route['on'], string>

/** The functions are named as S3 names the operations. */
function operationName({ run }: Route): string {
  return run.name.charAt(0).toUpperCase() + run.name.slice(1)
}

function code(text: string): string {
  return `\`${text}\``
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

if (import.meta.main) writeFileSync(PAGE, await operationsPage())
