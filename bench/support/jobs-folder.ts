import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { load } from './load.ts'
import { createInput, ownerOf, sagemakerCall } from './requests.ts'
import { CACHE, ROOT, startTrainyard } from './servers.ts'

/** As long as the name of a copy: a row says how many characters its two texts have in common. */
const TEMPLATE = 'bench-template'
const TEXTS = ['name', 'name_folded', 'arn', 'request', 'document'] as const
/** A minute apart. */
const FIRST_CREATION = Date.UTC(2024, 0, 1)

/** The name of the job of that number. */
export function jobName(number: number): string {
  return `bench-${String(number).padStart(8, '0')}`
}

/**
 * A data folder with so many ended jobs, kept for the next time: one is made by the server itself, and its rows are copied by SQL. Seven of ten are Completed, two
 * Stopped and one Failed: among a thousand there are a hundred of each, which is a page of the list.
 */
export async function jobsFolder(program: string, jobs: number): Promise<string> {
  const schema = await readFile(join(ROOT, 'src/store/sqlite/schema.sql'), 'utf8')
  // Another schema, or another way of filling it, is another folder.
  const folder = join(CACHE, `jobs-${jobs}-${hash('sha256', schema + String(fill)).slice(0, 12)}`)
  if (existsSync(folder)) return folder
  const made = `${folder}.new`
  await rm(made, { recursive: true, force: true })
  await makeTemplate(program, made)
  fill(join(made, 'store.db'), jobs)
  await rename(made, folder)
  return folder
}

async function makeTemplate(program: string, data: string): Promise<void> {
  const server = await startTrainyard({ program, data, pin: false })
  try {
    const owner = await ownerOf(data)
    const input = { ...createInput(TEMPLATE, owner.defaultBucket), HyperParameters: { epochs: '3' }, Tags: [] }
    const { statuses } = await load(server.port, [sagemakerCall(server.port, owner, 'CreateTrainingJob', input)], 1)
    if (statuses['200'] !== 1) throw new Error(`the template was refused: ${JSON.stringify(statuses)}`)
  } finally {
    await server.stop()
  }
}

function fill(path: string, jobs: number): void {
  const database = new DatabaseSync(path)
  database.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; BEGIN')
  const columns = database.prepare('SELECT name FROM pragma_table_info(?)').all('jobs')
  const names = columns.map(({ name }) => String(name))
  database.exec(`
    CREATE TEMP TABLE numbers AS
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${jobs})
      SELECT i, printf('bench-%08d', i) AS name, printf('%014x%018x', ${FIRST_CREATION} * 16 + i * 60000 * 16, i) AS id,
        ${FIRST_CREATION} + i * 60000 AS time,
        CASE i % 10 WHEN 7 THEN 'Failed' WHEN 8 THEN 'Stopped' WHEN 9 THEN 'Stopped' ELSE 'Completed' END AS status FROM n;
    INSERT INTO jobs (${names.join(', ')})
      SELECT ${names.map(valueOf).join(', ')} FROM numbers, jobs AS template WHERE template.name = '${TEMPLATE}' ORDER BY i;
    INSERT INTO transitions (job_id, seq, status, start_time, end_time, message)
      SELECT id, 0, 'Starting', time, time + 1000, 'Starting the training job' FROM numbers ORDER BY i;
    INSERT INTO transitions (job_id, seq, status, start_time, end_time, message)
      SELECT id, 1, status, time + 1000, time + 1000, 'Training job ended' FROM numbers ORDER BY i;
    DELETE FROM transitions WHERE job_id = (SELECT id FROM jobs WHERE name = '${TEMPLATE}');
    DELETE FROM jobs WHERE name = '${TEMPLATE}';
    COMMIT;
    PRAGMA journal_mode = WAL`)
  database.close()
}

/** What stands in a column of the copy of a job. */
function valueOf(column: string): string {
  if (column === 'id') return 'numbers.id'
  if (column === 'repeat_key') return 'NULL'
  if (column === 'status' || column === 'secondary_status') return 'numbers.status'
  if (column === 'creation_time') return 'numbers.time'
  if (column === 'last_modified_time' || column === 'training_end_time') return 'numbers.time + 1000'
  if (TEXTS.some((text) => text === column)) return `replace(template.${column}, '${TEMPLATE}', numbers.name)`
  return `template.${column}`
}
