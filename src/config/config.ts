import { PLAN_NAME } from '../plans/plan-name.ts'
import { isInstanceType } from '../scheduler/instance-types.ts'
import { parseSubnet } from '../util/subnet.ts'
import { A_DURATION, parseDuration } from './duration.ts'
import {
  boolean,
  ConfigError,
  listOf,
  numberIn,
  oneOf,
  optional,
  recordOf,
  refuse,
  section,
  text,
  wholeNumber,
  withDefault,
  type ConfigIssue,
  type Setting,
} from './settings.ts'

export { ConfigError, type ConfigIssue }

const SIZE = /^(\d+)(B|KiB|MiB|GiB|TiB)$/
const SIZE_UNITS = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const

const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/
const DOMAIN = /^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*$/

/** `120s`, `24h`, or a number of milliseconds; compiled to milliseconds. */
const duration: Setting<number> = (given) => {
  const milliseconds = typeof given === 'string' ? parseDuration(given) : given
  return typeof milliseconds === 'number' && milliseconds >= 0 && milliseconds < Infinity
    ? milliseconds
    : refuse(A_DURATION)
}

/** `1GiB`, or a number of bytes; compiled to bytes. */
const size: Setting<number> = (given) => {
  const bytes = typeof given === 'string' ? parseSize(given) : given
  return typeof bytes === 'number' && Number.isInteger(bytes) && bytes > 0
    ? bytes
    : refuse('must be a size such as 64KiB, 10MiB or 1GiB')
}

function parseSize(given: string): number | undefined {
  const [, count = '', unit] = SIZE.exec(given) ?? []
  return unit === undefined ? undefined : Number(count) * SIZE_UNITS[unit as keyof typeof SIZE_UNITS]
}

const simulatePlan = section({ simulate: text() })
const rehearsePlan = section({ rehearse: text() })

/** A plan of the simulated runtime, or of the kind that is named. */
const plan = (given: unknown) => {
  if (typeof given === 'string') return { kind: 'simulate', text: given } as const
  if (typeof given !== 'object' || given === null)
    refuse('must be a plan: its text, or simulate or rehearse with its text')
  return 'rehearse' in given
    ? ({ kind: 'rehearse', text: rehearsePlan(given).rehearse } as const)
    : ({ kind: 'simulate', text: simulatePlan(given).simulate } as const)
}
const planName = text((name) => new RegExp(`^${PLAN_NAME}$`).test(name), 'must be named by letters, digits and hyphens')

const environment = section({ python: text((path) => path.startsWith('/'), 'must be an absolute path') })

const instanceType = text(isInstanceType, 'must be an instance type of training jobs such as ml.m5.large')

/** `ml.m5.large`, `default` for the types that are not named, and both with `spot ` or `warm-pool ` before. */
const quotaName = text(
  (name) => /^((spot|warm-pool) )?default$/.test(name) || isInstanceType(name.replace(/^(spot|warm-pool) /, '')),
  'must be named by an instance type or default, or one of them after the word spot or warm-pool',
)

/** What may run at once, and on what. */
const fleet = section({
  /** Of all jobs together; what the machine has where absent. */
  cpus: optional(numberIn(0.001, 1_000_000)),
  memory: optional(size),
  /** How many; the first ones are used. */
  gpus: optional(wholeNumber(0, 10_000)),
  /** `shrink` makes instances small enough for the machine; `fit` gives each exactly what its type has, or fails the job. */
  policy: withDefault(oneOf('shrink', 'fit'), 'shrink'),
  /** The types that are offered; all where absent. */
  types: optional(listOf(instanceType)),
  /** Most instances of a type that an account may have together: in its unfinished jobs and warm pools, and of these in the pools that are Available. */
  quotas: withDefault(recordOf(wholeNumber(0), quotaName), {}),
})

/** How long what ended jobs leave behind stays after their end; what has no age stays for good. */
const retention = section({
  /** Their log streams. */
  logs: optional(duration),
  /** Their entries of the journal. */
  journal: optional(duration),
  /** All that is left of deleted jobs, from their deletion on. */
  jobs: optional(duration),
})

/** How instances are run. */
const processRuntime = section({
  isolation: withDefault(oneOf('auto', 'bwrap', 'unshare', 'link', 'base-dir'), 'auto'),
  /** The user that jobs run as when the server runs as root; no other program should use it. */
  uid: withDefault(wholeNumber(1, 2 ** 31), 59_484),
  /** Whether the processes of an instance are held to what it was given, where the kernel allows it. */
  limits: withDefault(oneOf('auto', 'off'), 'auto'),
  /** How many processes and threads an instance may have. */
  pids: withDefault(wholeNumber(64), 32_768),
  /** Of jobs of several instances, and of isolated ones: each such job has one of its own, all with these addresses. */
  network: withDefault(
    text(
      (network) => parseSubnet(network) !== undefined,
      'must be a network such as 10.0.2.0/24, with a prefix of 16 to 25',
    ),
    '10.0.2.0/24',
  ),
})

/** Everything that can be set in `trainyard.yaml` in the data folder, with its default. */
const configuration = section({
  region: withDefault(
    text((name) => REGION.test(name), 'must be a region such as us-east-1'),
    'us-east-1',
  ),
  /** Beside the built-in `local/python`. */
  environments: withDefault(recordOf(environment), {}),
  /** Image patterns (`*` stands for any text) to names of environments; looked through before the built-in ones. */
  images: withDefault(recordOf(text()), {}),
  /** Plans that jobs name by `@NAME` in their environment. */
  plans: withDefault(recordOf(plan, planName), {}),
  /** Whether jobs may be broken on purpose by `TRAINYARD_REHEARSE`, as with `--allow-rehearsals`. */
  rehearsals: section({ allow: withDefault(boolean, false) }),
  /** At whose rates requests of the SageMaker API are answered, as with `--throttle`. */
  throttle: withDefault(oneOf('off', 'aws'), 'off'),
  /** Domains of which `bucket.domain` is a bucket's host, beside `localhost`. */
  s3: section({
    domains: withDefault(listOf(text((domain) => DOMAIN.test(domain), 'must be a domain such as s3.lab.example')), []),
  }),
  /** Room that new jobs leave free on the disk of the data folder: while there is less, none starts. */
  disk: section({ reserve: optional(size) }),
  fleet,
  keep: section({ failed: withDefault(duration, 86_400_000) }),
  retention,
  logs: section({ 'max-bytes': withDefault(size, 2 ** 30) }),
  stop: section({
    grace: withDefault(duration, 120_000),
    /** `first` signals process 1 only, as AWS does (behaviour 3.9). */
    signal: withDefault(oneOf('all', 'first'), 'all'),
  }),
  process: processRuntime,
})

/** The configuration, compiled once: defaults filled in, durations in milliseconds, sizes in bytes. */
export type Config = Readonly<ReturnType<typeof configuration>>

/**
 * @param value what the YAML file holds; undefined or null for no file
 * @throws ConfigError naming every offending member
 */
export function compileConfig(value: unknown): Config {
  return configuration(value ?? undefined)
}
