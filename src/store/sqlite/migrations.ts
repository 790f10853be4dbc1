import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Migration } from '../../sqlite/migrate.ts'

/** Beside this file in the sources, beside the bundle in the package. */
const FOLDER = [
  join(import.meta.dirname, '../migrations/sqlite'),
  join(import.meta.dirname, 'migrations/sqlite'),
] as const

/**
 * The numbered `.sql` files in order. A file's name is `NNNN_name.sql`; its first line says whether it is breaking.
 */
export function sqliteMigrations(): readonly Migration[] {
  const folder = FOLDER.find((candidate) => existsSync(candidate)) ?? FOLDER[0]
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  return files.sort().map((file) => {
    const sql = readFileSync(join(folder, file), 'utf8')
    const [number = '', ...name] = file.replace(/\.sql$/, '').split('_')
    const firstLine = sql.slice(0, sql.indexOf('\n'))
    return { version: Number(number), name: name.join('_'), breaking: firstLine.includes('(breaking)'), sql }
  })
}
