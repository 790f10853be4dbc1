import { hash } from 'node:crypto'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Every row of every database of a server's record and objects, as a hash a table, seen by a second reader while the server runs. */
export function recordOf(data: string): Readonly<Record<string, string>> {
  const files = ['store.db', ...globSync('objects/**/*.db', { cwd: data })]
  return Object.fromEntries(files.flatMap((file) => tablesOf(file, join(data, file))))
}

function tablesOf(file: string, path: string): [string, string][] {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`).all()
    return tables.map(({ name }) => {
      const rows = database.prepare(`SELECT * FROM "${String(name)}"`).all()
      const text = JSON.stringify(rows, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))
      return [`${file}:${String(name)}`, `${rows.length} rows, ${hash('sha256', text, 'hex')}`]
    })
  } finally {
    database.close()
  }
}
