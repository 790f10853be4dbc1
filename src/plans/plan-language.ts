import { PlanError } from './plan-error.ts'
import type { Plan, PlanKind } from './plans.ts'

/** Reads a text of one kind of plan. @throws PlanError */
export type PlanLanguage = (text: string) => unknown

/** Of the kinds that this server keeps. */
export type PlanLanguages = Readonly<Partial<Record<PlanKind, PlanLanguage>>>

/** @returns the error of a text that its language does not read; undefined for one that it does */
export function problemOf(
  languages: PlanLanguages,
  { kind, text }: Pick<Plan, 'kind' | 'text'>,
): PlanError | undefined {
  try {
    const language = languages[kind]
    if (!language) return new PlanError(`This server has no plans of the kind ${kind}`, text, 0)
    language(text)
    return undefined
  } catch (error) {
    if (error instanceof PlanError) return error
    throw error
  }
}
