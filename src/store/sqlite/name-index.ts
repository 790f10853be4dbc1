import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import { StoreError } from './store-error.ts'

/** Rows that are looked up one by one. */
const FEW = 400
/** Names beyond which a piece of a text is not looked for: going through so many takes 2 ms. */
const COMMON = 20_000
/** Pieces of a text that are looked for at once. */
const PIECES = 3
/** Names that are put in by one commit: 2 ms. */
const ADDED_AT_ONCE = 200

/** Rows have their numbers in the order in which they are stored, so those after the last one that is in it are not in it yet. */
const ADD_NAMES = `
  INSERT INTO job_names (rowid, text) SELECT rowid, name_folded FROM jobs
  WHERE rowid > coalesce((SELECT rowid FROM job_names ORDER BY rowid DESC LIMIT 1), 0) ORDER BY rowid LIMIT ?`
/** In how many names a piece is, as far as it matters. */
const NAMES_WITH = 'SELECT count(*) FROM (SELECT 1 FROM job_names WHERE job_names MATCH ? LIMIT ?)'
/** The rows of jobs whose names have all these pieces, wherever they are. */
const ROWS_WITH = 'SELECT rowid FROM job_names WHERE job_names MATCH ? LIMIT ?'

/**
 * Which rows have which three letters following one another in the names of their jobs. Names are put in when the first search after they came asks for them,
 * because with each job alone it would make Create a third slower.
 */
export class NameIndex {
  readonly #write: <Result>(work: () => Result) => Promise<Result>
  readonly #add: StatementSync
  readonly #count: StatementSync
  readonly #rows: StatementSync

  /** @param write does a write durably */
  constructor(database: DatabaseSync, write: <Result>(work: () => Result) => Promise<Result>) {
    this.#write = write
    this.#add = database.prepare(ADD_NAMES)
    this.#count = database.prepare(NAMES_WITH)
    this.#rows = database.prepare(ROWS_WITH)
    for (const statement of [this.#count, this.#rows]) statement.setReturnArrays(true)
  }

  /**
   * Names that have the pieces of a text need not have the text: it is to be looked for in these.
   * @param pieces every three letters that follow one another in the text
   * @returns undefined where many rows may have it, or the disk takes no more names
   */
  async rowsWith(pieces: readonly string[]): Promise<readonly number[] | undefined> {
    if (!(await this.#catchUp())) return undefined
    const rare = await this.#rarest(pieces)
    if (rare.length === 0) return undefined
    const rows = this.#rows.all(rare.join(' AND '), FEW + 1).map(firstNumber)
    return rows.length > FEW ? undefined : rows
  }

  /** @returns false where nothing can be written, for which a list is not refused */
  async #catchUp(): Promise<boolean> {
    try {
      while ((await this.#write(() => this.#add.run(ADDED_AT_ONCE).changes)) === ADDED_AT_ONCE);
      return true
    } catch (error) {
      if (error instanceof StoreError && error.code !== 'closed') return false
      throw error
    }
  }

  /** The index goes through all names that a piece is in, so that common ones would hold up everybody. */
  async #rarest(pieces: readonly string[]): Promise<readonly string[]> {
    const found: { readonly phrase: string; readonly names: number }[] = []
    for (const piece of pieces) {
      const phrase = `"${piece}"`
      const names = firstNumber(this.#count.get(phrase, COMMON + 1))
      if (names <= COMMON) found.push({ phrase, names })
      if (names <= FEW) break
      await setImmediate()
    }
    const byRarity = found.toSorted((one, other) => one.names - other.names)
    return byRarity.slice(0, PIECES).map(({ phrase }) => phrase)
  }
}

function firstNumber(row: unknown): number {
  return Array.isArray(row) ? Number(row[0]) : 0
}
