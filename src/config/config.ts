import * as z from 'zod'
import { PLAN_NAME } from '../plans/plan-name.ts'
import { isInstanceType } from '../scheduler/instance-types.ts'
import { parseSubnet } from '../util/subnet.ts'
import { A_DURATION, DURATION, parseDuration } from './duration.ts'

const SIZE_UNITS = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const

const DOMAIN = /^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*$/

const A_SIZE = 'must be a size such as 64KiB, 10MiB or 1GiB'

/** `120s`, `24h`, or a number of milliseconds; compiled to milliseconds. */
const duration = z
  .union([z.number().nonnegative(), z.string().regex(DURATION, A_DURATION)], A_DURATION)
  .transform(toMilliseconds)
/** `1GiB`, or a number of bytes; compiled to bytes. */
const size = z
  .union([z.number().int().positive(), z.string().regex(/^\d+(B|KiB|MiB|GiB|TiB)$/, A_SIZE)], A_SIZE)
  .transform(toBytes)

/** A plan of the simulated runtime, or of the kind that is named. */
const plan = z.union([
  z.string().transform((text) => ({ kind: 'simulate' as const, text })),
  z.strictObject({ simulate: z.string() }).transform(({ simulate: text }) => ({ kind: 'simulate' as const, text })),
  z.strictObject({ rehearse: z.string() }).transform(({ rehearse: text }) => ({ kind: 'rehearse' as const, text })),
])
const planName = z.string().regex(new RegExp(`^${PLAN_NAME}$`), 'must be letters, digits and hyphens')

const environment = z.strictObject({ python: z.string().startsWith('/', 'must be an absolute path') })

const instanceType = z.string().refine(isInstanceType, 'must be an instance type of training jobs such as ml.m5.large')

/** `ml.m5.large`, `default` for the types that are not named, and both with `spot ` or `warm-pool ` before. */
const quotaName = z
  .string()
  .refine(
    (text) => /^((spot|warm-pool) )?default$/.test(text) || isInstanceType(text.replace(/^(spot|warm-pool) /, '')),
    'must be an instance type or default, or one of them after the word spot or warm-pool',
  )

/** What may run at once, and on what. */
const fleet = z
  .strictObject({
    /** Of all jobs together; what the machine has where absent. */
    cpus: z.number().min(0.001).max(1_000_000).optional(),
    memory: size.optional(),
    /** How many; the first ones are used. */
    gpus: z.number().int().nonnegative().max(10_000).optional(),
    /** `shrink` makes instances small enough for the machine; `fit` gives each exactly what its type has, or fails the job. */
    policy: z.enum(['shrink', 'fit']).default('shrink'),
    /** The types that are offered; all where absent. */
    types: z.array(instanceType).optional(),
    /** Most instances of a type that an account may have together: in its unfinished jobs and warm pools, and of these in the pools that are Available. */
    quotas: z.record(quotaName, z.number().int().nonnegative()).default({}),
  })
  .prefault({})

/** Everything that can be set in `trainyard.yaml` in the data folder, with its default. */
const schema = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as us-east-1')
    .default('us-east-1'),
  /** Beside the built-in `local/python`. */
  environments: z.record(z.string(), environment).default({}),
  /** Image patterns (`*` stands for any text) to names of environments; looked through before the built-in ones. */
  images: z.record(z.string(), z.string()).default({}),
  /** Plans that jobs name by `@NAME` in their environment. */
  plans: z.record(planName, plan).default({}),
  /** Whether jobs may be broken on purpose by `TRAINYARD_REHEARSE`, as with `--allow-rehearsals`. */
  rehearsals: z.strictObject({ allow: z.boolean().default(false) }).prefault({}),
  /** At whose rates requests of the SageMaker API are answered, as with `--throttle`. */
  throttle: z.enum(['off', 'aws']).default('off'),
  /** Domains of which `bucket.domain` is a bucket's host, beside `localhost`. */
  s3: z
    .strictObject({ domains: z.array(z.string().regex(DOMAIN, 'must be a domain such as s3.lab.example')).default([]) })
    .prefault({}),
  /** Room that new jobs leave free on the disk of the data folder: while there is less, none starts. */
  disk: z.strictObject({ reserve: size.optional() }).prefault({}),
  fleet,
  keep: z.strictObject({ failed: duration.default(86_400_000) }).prefault({}),
  /** How long what ended jobs leave behind stays after their end; what has no age stays for good. */
  retention: z
    .strictObject({
      /** Their log streams. */
      logs: duration.optional(),
      /** Their entries of the journal. */
      journal: duration.optional(),
      /** All that is left of deleted jobs, from their deletion on. */
      jobs: duration.optional(),
    })
    .prefault({}),
  logs: z.strictObject({ 'max-bytes': size.default(2 ** 30) }).prefault({}),
  stop: z
    .strictObject({
      grace: duration.default(120_000),
      /** `first` signals process 1 only, as AWS does (behaviour 3.9). */
      signal: z.enum(['all', 'first']).default('all'),
    })
    .prefault({}),
  process: z
    .strictObject({
      isolation: z.enum(['auto', 'bwrap', 'unshare', 'link', 'base-dir']).default('auto'),
      /** The user that jobs run as when the server runs as root; no other program should use it. */
      uid: z
        .number()
        .int()
        .min(1)
        .max(2 ** 31)
        .default(59_484),
      /** Whether the processes of an instance are held to what it was given, where the kernel allows it. */
      limits: z.enum(['auto', 'off']).default('auto'),
      /** How many processes and threads an instance may have. */
      pids: z.number().int().min(64).default(32_768),
      /** Of jobs of several instances, and of isolated ones: each such job has one of its own, all with these addresses. */
      network: z
        .string()
        .refine(
          (text) => parseSubnet(text) !== undefined,
          'must be a network such as 10.0.2.0/24, with a prefix of 16 to 25',
        )
        .default('10.0.2.0/24'),
    })
    .prefault({}),
})

/** The configuration, compiled once: defaults filled in, durations in milliseconds, sizes in bytes. */
export type Config = Readonly<z.output<typeof schema>>

/** One thing that is wrong with a configuration. */
export interface ConfigIssue {
  /** Of the member: names of the members that it is in, then its own. */
  readonly path: readonly (string | number)[]
  readonly message: string
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'BadConfiguration'
  readonly issues: readonly ConfigIssue[]

  constructor(issues: readonly ConfigIssue[]) {
    super(
      `The configuration is not valid: ${issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`,
    )
    this.issues = issues
  }
}

/**
 * @param value what the YAML file holds; undefined for no file
 * @throws ConfigError naming every offending member
 */
export function compileConfig(value: unknown): Config {
  const result = schema.safeParse(value ?? {})
  if (result.success) return result.data
  throw new ConfigError(result.error.issues.flatMap(configIssues))
}

function configIssues(issue: z.core.$ZodIssue): ConfigIssue[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }]
  return issue.keys.map((key) => ({ path: [...path, key], message: 'is not a setting' }))
}

/** Texts have passed the pattern. */
function toMilliseconds(value: string | number): number {
  return typeof value === 'number' ? value : (parseDuration(value) ?? Number.NaN)
}

function toBytes(value: string | number): number {
  if (typeof value === 'number') return value
  const unit = value.replace(/^\d+/, '')
  return Number.parseInt(value, 10) * (SIZE_UNITS[unit as keyof typeof SIZE_UNITS] ?? 1)
}
