import { constants } from 'node:os'
import { IMAGE_REFUSED } from '../../lifecycle/failure-reason.ts'
import { TokenReader } from '../../plans/token-reader.ts'
import type { Token } from '../../plans/tokens.ts'
import type { FailingStep, SimulatedLine, SimulatedMetric, SimulationRule, SimulationScript } from './simulation.ts'

type Change = SimulationRule['change']

const OUT_OF_MEMORY_CODE = 137
const HIGHEST_ATTEMPT = 1000
const SIZE = /^(\d+)(B|KiB|MiB)$/
const SIZE_UNITS = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20 } as const
/** A simulated artifact is a real file. */
const LARGEST_ARTIFACT = 64 * 2 ** 20
const PLACEHOLDER = /\{([^{}]*)\}/g
/** What stands for itself in a line, beside metrics. */
const BUILT_IN = ['n', 't', 'host', 'attempt']

/** The statements by the word that they begin with. */
const STATEMENTS: Readonly<Record<string, (reader: TokenReader) => Change>> = {
  launch: (reader) => ({ stages: { launch: reader.duration() } }),
  download: (reader) => ({ stages: { download: reader.duration() } }),
  pull: (reader) => ({ stages: { pull: reader.duration() } }),
  run: (reader) => ({ stages: { run: reader.duration() } }),
  collect: (reader) => ({ stages: { collect: reader.duration() } }),
  upload: (reader) => ({ stages: { collect: reader.duration() } }),
  exit: (reader) => {
    const code = reader.whole('an exit code', 0, 255)
    return { end: { kind: 'exited', code }, ...moment(reader) }
  },
  signal: (reader) => ({ end: { kind: 'signalled', code: 128 + signalNumber(reader) }, ...moment(reader) }),
  out: (reader) => {
    reader.expect('of')
    reader.expect('memory')
    return { end: { kind: 'out-of-memory', code: OUT_OF_MEMORY_CODE }, ...moment(reader) }
  },
  lost: (reader) => ({ end: { kind: 'lost', detail: 'The simulated host was lost' }, ...moment(reader) }),
  failure: (reader) => ({ failure: reader.string('the text of the failure file in quotes').text }),
  ignore: (reader) => {
    reader.expect('SIGTERM')
    return { ignoresTerm: true }
  },
  checkpoint: (reader) => {
    reader.expect('every')
    return { checkpointEvery: interval(reader) }
  },
  log: (reader) => ({ lines: [line(reader)] }),
  metric: (reader) => {
    const name = reader.peek().kind === 'text' ? reader.take() : reader.word('the name of a metric')
    return { metrics: { [name.text]: metric(reader) } }
  },
  fail,
  model: (reader) => ({ artifacts: { model: size(reader) } }),
  output: (reader) => ({ artifacts: { output: size(reader) } }),
}

/**
 * Reads the language of `TRAINYARD_SIMULATE`: statements separated by `;` or new lines, each for all hosts and attempts, or for those before its colon:
 * `run 3h; log every 10s "epoch {n} loss={loss}"; metric loss from 2 to 0.1; algo-2 attempt 1: exit 1 at 40s`.
 *
 * @param hosts of the job, where they are known @throws PlanError
 */
export function parseSimulation(text: string, hosts?: readonly string[]): SimulationScript {
  const reader = new TokenReader(text)
  const rules: SimulationRule[] = []
  const lines: Token[] = []
  while (!reader.atEnd) {
    if (reader.skip(';')) continue
    const whom = selector(reader, hosts)
    const verb = reader.peek()
    const statement = Object.hasOwn(STATEMENTS, verb.text) && verb.kind === 'word' ? STATEMENTS[verb.text] : undefined
    if (!statement) throw reader.expected(`one of ${Object.keys(STATEMENTS).join(', ')}`)
    reader.take()
    const text = verb.text === 'log' ? textAhead(reader) : undefined
    if (text) lines.push(text)
    rules.push({ ...whom, change: statement(reader) })
    reader.endOfStatement()
  }
  const metrics = new Set(rules.flatMap(({ change }) => Object.keys(change.metrics ?? {})))
  for (const token of lines) checkPlaceholders(reader, token, metrics)
  return { rules }
}

/** `algo-2:`, `attempt 1:` or `algo-2 attempt 1:`. */
function selector(reader: TokenReader, hosts: readonly string[] | undefined): Pick<SimulationRule, 'host' | 'attempt'> {
  const first = reader.peek()
  const isHost = first.kind === 'word' && /^algo-\d+$/.test(first.text)
  if (!isHost && first.text !== 'attempt') return {}
  if (isHost) reader.take()
  if (isHost && hosts && !hosts.includes(first.text))
    throw reader.wrong(`The job has no host ${first.text}: its hosts are ${listed(hosts)}`, first)
  const attempt = reader.skip('attempt') ? reader.whole('the number of an attempt', 1, HIGHEST_ATTEMPT) : undefined
  reader.expect(':')
  return { ...(isHost ? { host: first.text } : {}), ...(attempt === undefined ? {} : { attempt }) }
}

function listed(hosts: readonly string[]): string {
  return hosts.length > 4 ? `${hosts[0]} to ${hosts.at(-1)}` : hosts.join(', ')
}

/** `at 40s`, or nothing. */
function moment(reader: TokenReader): { readonly endsAt?: number } {
  return reader.skip('at') ? { endsAt: reader.duration() } : {}
}

function interval(reader: TokenReader): number {
  const token = reader.peek()
  const every = reader.duration()
  if (every === 0) throw reader.wrong('This must be longer than nothing', token)
  return every
}

function signalNumber(reader: TokenReader): number {
  const token = reader.word('the name of a signal such as SIGSEGV')
  const number = Object.entries(constants.signals).find(([name]) => name === token.text)?.[1]
  if (number === undefined) throw reader.wrong(`There is no signal ${token.text}`, token)
  return number
}

function line(reader: TokenReader): SimulatedLine {
  const every = reader.skip('every') ? interval(reader) : undefined
  const { text } = reader.string('the text of the line in quotes')
  if (every !== undefined) return { text, every }
  return { text, at: reader.skip('at') ? reader.duration() : 0 }
}

function textAhead(reader: TokenReader): Token | undefined {
  const token = reader.peek(reader.peek().text === 'every' ? 2 : 0)
  return token.kind === 'text' ? token : undefined
}

function metric(reader: TokenReader): SimulatedMetric {
  if (!reader.skip('=')) {
    reader.expect('from')
    const from = reader.number('the first value')
    reader.expect('to')
    const to = reader.number('the last value')
    const noise = reader.skip('noise') ? reader.number('how much values may be off') : 0
    return { kind: 'range', from, to, noise: Math.abs(noise) }
  }
  const values = [reader.number('a value')]
  while (reader.skip(',')) values.push(reader.number('a value'))
  return { kind: 'values', values }
}

function fail(reader: TokenReader): Change {
  const steps = ['launch', 'download', 'pull', 'start', 'collect', 'upload'] as const
  const step = reader.oneOf(steps, `one of ${steps.join(', ')}`)
  const fault = reader.oneOf(['client', 'platform'], 'whose fault it is, client or platform')
  const message = reader.peek().kind === 'text' ? reader.take().text : messageOf(step)
  const failing: FailingStep = step === 'upload' ? 'collect' : step
  return { faults: { [failing]: { fault, message } } }
}

function messageOf(step: string): string {
  return step === 'pull' ? IMAGE_REFUSED : `The simulated ${step} failed`
}

function size(reader: TokenReader): number {
  const [, count = '', unit = ''] = SIZE.exec(reader.peek().text) ?? []
  const bytes = Number(count) * (SIZE_UNITS[unit as keyof typeof SIZE_UNITS] ?? Number.NaN)
  if (!(bytes <= LARGEST_ARTIFACT)) throw reader.expected('a size of at most 64MiB such as 10MiB')
  reader.take()
  return bytes
}

function checkPlaceholders(reader: TokenReader, token: Token, metrics: ReadonlySet<string>): void {
  for (const [, name = ''] of token.text.matchAll(PLACEHOLDER)) {
    if (BUILT_IN.includes(name) || metrics.has(name)) continue
    throw reader.wrong(`{${name}} is no metric of this script; {${BUILT_IN.join('}, {')}} are there without one`, token)
  }
}
