/** Reads what was given for a setting; undefined where nothing was. @throws ConfigError whose paths begin at the setting */
export type Setting<T> = (given: unknown) => T

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

/** @param message what the setting must be. @throws ConfigError always */
export function refuse(message: string): never {
  throw new ConfigError([{ path: [], message }])
}

export function optional<T>(setting: Setting<T>): Setting<T | undefined> {
  return (given) => (given === undefined ? undefined : setting(given))
}

export function withDefault<T>(setting: Setting<T>, value: T): Setting<T> {
  return (given) => (given === undefined ? value : setting(given))
}

/** @param message what the text must be, for one that is not accepted */
export function text(accepts: (given: string) => boolean = () => true, message = 'must be a text'): Setting<string> {
  return (given) => (typeof given === 'string' && accepts(given) ? given : refuse(message))
}

export const boolean: Setting<boolean> = (given) =>
  typeof given === 'boolean' ? given : refuse('must be true or false')

export function numberIn(least: number, most: number): Setting<number> {
  return (given) =>
    typeof given === 'number' && given >= least && given <= most
      ? given
      : refuse(`must be a number from ${least} to ${most}`)
}

export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): Setting<number> {
  const upTo = most === Number.MAX_SAFE_INTEGER ? ' on' : ` to ${most}`
  return (given) =>
    typeof given === 'number' && Number.isSafeInteger(given) && given >= least && given <= most
      ? given
      : refuse(`must be a whole number from ${least}${upTo}`)
}

export function oneOf<const T extends string>(...choices: readonly T[]): Setting<T> {
  return (given) => choices.find((choice) => choice === given) ?? refuse(`must be one of ${choices.join(', ')}`)
}

export function listOf<T>(item: Setting<T>): Setting<T[]> {
  return (given) => {
    if (!Array.isArray(given)) refuse('must be a list')
    return readAll(given.map((each: unknown, index) => [index, () => item(each)])).map(([, value]) => value)
  }
}

/** Members whose names are free. @param name what a name must be */
export function recordOf<T>(value: Setting<T>, name: Setting<string> = text()): Setting<Record<string, T>> {
  return (given) => {
    const members = Object.entries(membersOf(given))
    return Object.fromEntries(readAll(members.map(([key, each]) => [key, () => (name(key), value(each))])))
  }
}

/** What a section of these settings holds: what may be absent is optional. */
export type SectionOf<Settings> = {
  [Name in keyof Settings as undefined extends Value<Settings[Name]> ? never : Name]: Value<Settings[Name]>
} & {
  [Name in keyof Settings as undefined extends Value<Settings[Name]> ? Name : never]?: Value<Settings[Name]>
}

type Value<S> = S extends Setting<infer T> ? T : never

/** Settings of fixed names, and no others. A section that is not given is an empty one. */
export function section<const Settings extends Readonly<Record<string, Setting<unknown>>>>(
  settings: Settings,
): Setting<SectionOf<Settings>> {
  const known = Object.entries(settings)
  return (given = {}) => {
    const members = membersOf(given)
    const foreign = Object.keys(members).filter((name) => !Object.hasOwn(settings, name))
    const values = readAll<unknown>([
      ...known.map(([name, setting]) => [name, () => setting(members[name])] as const),
      ...foreign.map((name) => [name, () => refuse('is not a setting')] as const),
    ])
    // Each member was read by the setting of its name.
    return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as SectionOf<Settings>
  }
}

function membersOf(given: unknown): Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) refuse('must have settings of its own')
  return given as Readonly<Record<string, unknown>>
}

/** Reads each, so that everything that is wrong is said at once. @throws ConfigError of all that is wrong */
function readAll<T, Name extends string | number = string>(
  members: readonly (readonly [Name, () => T])[],
): [Name, T][] {
  const issues: ConfigIssue[] = []
  const values: [Name, T][] = []
  for (const [name, read] of members) {
    try {
      values.push([name, read()])
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      issues.push(...error.issues.map(({ path, message }) => ({ path: [name, ...path], message })))
    }
  }
  if (issues.length > 0) throw new ConfigError(issues)
  return values
}
