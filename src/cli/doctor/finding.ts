/** What doctor looked for, and what it found. */
export interface Finding {
  readonly group: FindingGroup
  readonly name: string
  readonly had: boolean
  /** Whether a server can run no job without it. */
  readonly required: boolean
  /** What was found, or what is missing, on one line. */
  readonly detail: string
  /** What is lost without it; set where it is not had. */
  readonly why?: string
  /** The command that gets it, or what to do; set where something can be done. */
  readonly cure?: string
}

export const FINDING_GROUPS = ['machine', 'isolation', 'network', 'storage', 'python', 'limits', 'others'] as const
type FindingGroup = (typeof FINDING_GROUPS)[number]

/** What a probe knows of itself before it has looked. */
export type Sought = Pick<Finding, 'group' | 'name'> & { readonly required?: boolean }

export function had({ group, name, required = false }: Sought, detail: string): Finding {
  return { group, name, had: true, required, detail }
}

export function missing(
  { group, name, required = false }: Sought,
  lack: { readonly detail: string; readonly why: string; readonly cure?: string | undefined },
): Finding {
  const { detail, why, cure } = lack
  return { group, name, had: false, required, detail: oneLine(detail), why, ...(cure === undefined ? {} : { cure }) }
}

/** Programs say on several lines what has failed; the last of them is the error. */
function oneLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
