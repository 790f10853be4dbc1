import { constants } from 'node:os'
import { parseDuration } from '../config/duration.ts'
import type { StopCause } from '../lifecycle/job.ts'
import { TokenReader } from '../plans/token-reader.ts'
import {
  REHEARSAL_STAGES,
  type Injection,
  type Rehearsal,
  type RehearsalStage,
  type TimedInjection,
} from './rehearsal.ts'

/** What an injection says of itself; its text and how often it happens are read by whoever reads all of them. */
type Said = Injection extends infer Each ? (Each extends Injection ? Omit<Each, 'text' | 'times'> : never) : never
type Reading = (reader: TokenReader, hosts: number | undefined) => Said

const OUT_OF_MEMORY_CODE = 137
const FIRST_HOST = 'algo-1'
const MOST_TIMES = 1000
/** Bytes. */
const RATE_UNITS = { B: 1, KB: 1000, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const
const RATE = /^(\d+)(B|KB|MB|GB|KiB|MiB|GiB)\/s$/
const RUNS: readonly RehearsalStage[] = ['start', 'downloading', 'training', 'uploading']
/** In which a command may be running, and asking for things. */
const COMMAND_RUNS: readonly RehearsalStage[] = ['training', 'stopping', 'interrupted']
const LIMITS: readonly Exclude<StopCause, 'user'>[] = ['max-runtime', 'max-wait', 'max-pending']

/** The injections by the word that they begin with. */
const INJECTIONS: Readonly<Record<string, Reading>> = {
  interrupt: (reader) => timed(reader, RUNS, { kind: 'interrupt' }),
  stop: (reader) => timed(reader, [...RUNS, 'interrupted'], { kind: 'stop', cause: 'user' }),
  limit: (reader) => {
    const cause = reader.oneOf(LIMITS, 'max-runtime, max-wait or max-pending')
    return timed(reader, [...RUNS, 'interrupted'], { kind: 'stop', cause })
  },
  capacity,
  lose: (reader, hosts) => {
    const host = hostOf(reader, hosts)
    return timed(reader, RUNS, { kind: 'end', host, end: { kind: 'lost', detail: `The host ${host} was lost` } })
  },
  fail: (reader, hosts) => {
    const host = hostOf(reader, hosts)
    return timed(reader, RUNS, { kind: 'end', host, end: { kind: 'lost', detail: `The platform of ${host} failed` } })
  },
  kill: (reader, hosts) => {
    const host = hostOf(reader, hosts)
    const said = timed(reader, ['training'], { kind: 'interrupt' })
    const code = 128 + (reader.skip('signal') ? signalNumber(reader) : constants.signals.SIGKILL)
    return { ...said, action: { kind: 'end', host, end: { kind: 'signalled', code } } }
  },
  oom: (reader, hosts) => {
    const host = hostOf(reader, hosts)
    const end = { kind: 'out-of-memory', code: OUT_OF_MEMORY_CODE } as const
    return timed(reader, ['training'], { kind: 'end', host, end })
  },
  exit: (reader, hosts) => {
    const host = hostOf(reader, hosts)
    const said = timed(reader, ['training'], { kind: 'interrupt' })
    reader.expect('code')
    const code = reader.whole('an exit code', 0, 255)
    return { ...said, action: { kind: 'end', host, end: { kind: 'exited', code } } }
  },
  hang: (reader) => {
    reader.expect('@')
    const stage = stageOf(reader, ['stopping', 'interrupted'])
    return { kind: 'hang', stage, ...(reader.skip('for') ? { lasts: reader.duration() } : {}) }
  },
  'slow-store': (reader) => ({ kind: 'slow-store', bytesPerSecond: rate(reader) }),
  'fail-store': failStore,
  'fail-role': () => ({ kind: 'fail-role' }),
  'fail-image': () => ({ kind: 'fail-image' }),
  unhealthy: (reader, hosts) => ({ kind: 'unhealthy', host: hostOf(reader, hosts) }),
}

/** Of those that happen whenever there is an occasion, unless it is said how often. */
const ALWAYS = ['slow-store', 'hang']

/**
 * Reads the language of `TRAINYARD_REHEARSE`: injections separated by `;` or new lines, `interrupt@training+30s 2x; capacity@start for 2m`.
 *
 * @param hosts how many the job has, where it is known @throws PlanError
 */
export function parseRehearsal(text: string, hosts?: number): Rehearsal {
  const reader = new TokenReader(text)
  const injections: Injection[] = []
  while (!reader.atEnd) {
    if (reader.skip(';')) continue
    injections.push(injection(reader, { text, hosts }))
    reader.endOfStatement()
  }
  if (injections.length === 0) throw reader.expected(`an injection: ${Object.keys(INJECTIONS).join(', ')}`)
  return { text, injections }
}

function injection(
  reader: TokenReader,
  { text, hosts }: { readonly text: string; readonly hosts: number | undefined },
): Injection {
  const { text: word, at } = reader.peek()
  const read = Object.hasOwn(INJECTIONS, word) ? INJECTIONS[word] : undefined
  if (!read) throw reader.expected(`one of ${Object.keys(INJECTIONS).join(', ')}`)
  reader.take()
  const said = read(reader, hosts)
  const times = timesOf(reader) ?? (ALWAYS.includes(said.kind) ? Number.POSITIVE_INFINITY : 1)
  return { ...said, times, text: text.slice(at, reader.peek().at).trim() }
}

function timed(reader: TokenReader, stages: readonly RehearsalStage[], action: TimedInjection['action']) {
  reader.expect('@')
  const stage = stageOf(reader, stages)
  return { kind: 'timed', stage, after: offset(reader), action } as const
}

function stageOf<Stage extends RehearsalStage>(reader: TokenReader, allowed: readonly Stage[]): Stage {
  const { kind, text } = reader.peek()
  const isStage = REHEARSAL_STAGES.some((stage) => stage === text)
  if (kind === 'word' && !isStage) throw reader.expected(`a stage: ${allowed.join(', ')}`)
  return reader.oneOf(allowed, `a stage in which this can happen: ${allowed.join(', ')}`)
}

/** `+30s`, in one piece or two; nothing is 0. */
function offset(reader: TokenReader): number {
  if (reader.skip('+')) return reader.duration()
  const { kind, text } = reader.peek()
  if (kind !== 'number' || !text.startsWith('+')) return 0
  const milliseconds = parseDuration(text.slice(1))
  if (milliseconds === undefined || !Number.isSafeInteger(milliseconds))
    throw reader.expected('a duration such as +500ms, +40s, +2m, +3h or +5d')
  reader.take()
  return milliseconds
}

/** `3x` */
function timesOf(reader: TokenReader): number | undefined {
  const { kind, text } = reader.peek()
  const [, count] = kind === 'number' ? (/^(\d+)x$/.exec(text) ?? []) : []
  if (count === undefined) return undefined
  if (!(Number(count) >= 1 && Number(count) <= MOST_TIMES)) throw reader.expected(`how often, 1x to ${MOST_TIMES}x`)
  reader.take()
  return Number(count)
}

/** The first host where none is named. */
function hostOf(reader: TokenReader, hosts: number | undefined): string {
  const { kind, text } = reader.peek()
  if (kind !== 'word' || text === 'read' || text === 'write') return FIRST_HOST
  const number = /^algo-([1-9]\d*)$/.exec(text)?.[1]
  if (number === undefined) throw reader.expected('a host such as algo-1')
  if (hosts !== undefined && Number(number) > hosts)
    throw reader.expected(
      hosts === 1 ? 'algo-1, the only host of this job' : `a host of this job, algo-1 to algo-${hosts}`,
    )
  return reader.take().text
}

function capacity(reader: TokenReader): Said {
  reader.expect('@')
  const stage = stageOf(reader, ['start', 'interrupted'])
  if (reader.skip('never')) return { kind: 'capacity', stage, lasts: 'never' }
  if (!reader.skip('for')) throw reader.expected(`'for 2m', 'for good' or 'never'`)
  return { kind: 'capacity', stage, lasts: reader.skip('good') ? 'for-good' : reader.duration() }
}

function failStore(reader: TokenReader): Said {
  const access = reader.skip('write') ? 'write' : 'read'
  if (access === 'read') reader.skip('read')
  const stage = reader.skip('@') ? { stage: stageOf(reader, COMMAND_RUNS) } : {}
  return { kind: 'fail-store', access, ...stage, fault: reader.skip('client') ? 'client' : 'platform' }
}

function rate(reader: TokenReader): number {
  const { kind, text } = reader.peek()
  const [, count, unit] = kind === 'number' ? (RATE.exec(text) ?? []) : []
  const bytes = unit === undefined ? 0 : Number(count) * RATE_UNITS[unit as keyof typeof RATE_UNITS]
  if (!(bytes > 0) || !Number.isSafeInteger(bytes)) throw reader.expected('a rate such as 50KB/s or 2MiB/s')
  reader.take()
  return bytes
}

function signalNumber(reader: TokenReader): number {
  const { text } = reader.peek()
  const name = text.startsWith('SIG') ? text : `SIG${text}`
  const [, number] = Object.entries(constants.signals).find(([known]) => known === name) ?? []
  if (number === undefined) throw reader.expected('the name of a signal such as KILL or SEGV')
  reader.word('the name of a signal')
  return number
}
