import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { text } from 'node:stream/consumers'
import { backUp } from '../../src/backup/back-up.ts'
import { BackupError } from '../../src/backup/backup-error.ts'
import { restore } from '../../src/backup/restore.ts'
import { VirtualClock } from '../../src/clock/virtual-clock.ts'
import { openDataFolder, pathsBelow, restoringMark } from '../../src/data-folder/data-folder.ts'
import { systemDurableFiles, type DurableFiles } from '../../src/durable/durable-files.ts'
import { loadIdentity } from '../../src/identity/identity.ts'
import { openEmbeddedObjects, type EmbeddedObjects } from '../../src/objects/embedded/embedded-objects.ts'
import { prune } from '../../src/retention/prune.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { systemIds } from '../../src/util/ids.ts'
import { aJob, play, SCOPE, TO_THE_END } from '../conformance/store/a-job.ts'
import { streamFiles } from './check-logs.ts'
import type { Asked, PowerCase, PowerWork } from './power-cases.ts'

const BUCKET = { name: 'bucket', account: SCOPE.account, region: SCOPE.region }
const NOW = 1_700_000_000_000
const LIMIT = 100

async function* bytes(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content)
}

async function openObjects(data: string, durable: DurableFiles): Promise<EmbeddedObjects> {
  return openEmbeddedObjects({ folder: pathsBelow(data).objects, clock: { now: () => NOW }, ids: systemIds(), durable })
}

/** A blob is synced under its name whoever has it open: the sync of an open file is that of its path. */
function byPath(durable: DurableFiles): DurableFiles {
  return { ...durable, sync: (path) => durable.sync(path) }
}

async function useObjects({ folder, durable: given, ask, opened }: PowerWork): Promise<void> {
  const durable = byPath(given)
  const data = join(folder, 'data')
  opened(await openDataFolder({ path: data, durable }))
  const objects = await openObjects(data, durable)
  opened(objects)
  await objects.createBucket(BUCKET)
  const put = (content: string) => objects.put('bucket', 'put', bytes(content), { metadata: {} })
  await ask('put=first', put('first'))
  await ask('put=the second', put('the second'))
  const upload = { bucket: 'bucket', key: 'parts', uploadId: '' }
  const { uploadId } = await objects.createUpload('bucket', 'parts', { metadata: {} })
  const part = await objects.putPart({ ...upload, uploadId, partNumber: 1 }, bytes('a part'), {})
  await ask('parts=a part', objects.completeUpload({ ...upload, uploadId }, [{ partNumber: 1, etag: part.etag }]))
  await objects.delete('bucket', 'put')
}

/** Each object that there is can be read whole, and the last one of its name that was answered, or asked for after it, is there. */
async function checkObjects(folder: string, asked: readonly Asked[]): Promise<string | undefined> {
  const data = join(folder, 'data')
  if (!existsSync(join(pathsBelow(data).objects, 'index.db'))) return lostObject(asked, new Map())
  const objects = await openObjects(data, systemDurableFiles)
  try {
    if (!(await objects.bucket('bucket'))) return lostObject(asked, new Map())
    const page = await objects.list({ bucket: 'bucket', prefix: '', limit: LIMIT })
    const found = new Map<string, string>()
    for (const { key } of page.objects) found.set(key, await text((await objects.get('bucket', key)).body))
    const torn = Array.from(found, ([key, content]) => `${key}=${content}`).find(
      (one) => !asked.some(({ result }) => result === one),
    )
    return torn === undefined ? lostObject(asked, found) : `found ${torn}`
  } finally {
    await objects.close()
  }
}

function lostObject(asked: readonly Asked[], found: ReadonlyMap<string, string>): string | undefined {
  // Only what nothing was asked about later must be there as it was: the first may have been replaced, and is deleted in the end.
  const kept = asked.filter(({ result, answered }) => answered && result?.startsWith('parts='))
  if (kept.length > 0 && found.get('parts') === undefined) return 'an object that was stored is lost'
  const first = asked[0]?.answered === true && asked.length < 3 && found.get('put') === undefined
  return first ? 'an object that was stored is lost, and its successor is not there' : undefined
}

const OBJECTS: PowerCase = { name: 'objects', run: useObjects, check: checkObjects }

const AGES = { logs: 0, journal: 0 }

/** Log files that nobody knows would stay for good. */
const PRUNE: PowerCase = {
  name: 'what is pruned',
  prepare: async (folder) => {
    await mkdir(join(folder, 'logs'))
    const store = await openSqliteStore({ path: join(folder, 'store.db') })
    for (const number of [1, 2]) {
      const { id, name } = aJob(number)
      await store.insertJob(aJob(number))
      await store.insertLogStream({ ...SCOPE, name: `${name}/algo-1`, jobId: id, file: id, creationTime: NOW })
      for (const suffix of ['', '.idx']) await writeFile(join(folder, 'logs', id + suffix), 'text')
      await play(store, id, TO_THE_END)
    }
    await store.close()
  },
  run: async ({ folder, durable, ask, opened }) => {
    const store = await openSqliteStore({ path: join(folder, 'store.db') })
    opened(store)
    const clock = new VirtualClock(NOW * 2)
    await ask('pruned', prune({ store, durable, clock, logsFolder: join(folder, 'logs') }, { ages: AGES }))
  },
  check: async (folder, asked) => {
    const store = await openSqliteStore({ path: join(folder, 'store.db') })
    try {
      const streams = await streamFiles(join(folder, 'logs'))
      if (asked[0]?.answered && streams.length > 0) return `${streams.length} logs that were pruned are there`
      for (const job of streams)
        if ((await store.logStreamsOfJob(job)).length === 0) return `the log of ${job} is there, and nobody knows it`
      return undefined
    } finally {
      await store.close()
    }
  },
}

/** A data folder as a server leaves it, of which backups are made. */
export async function makeSource(parent: string): Promise<string> {
  const root = join(parent, 'source')
  const data = await openDataFolder({ path: root, durable: systemDurableFiles })
  await loadIdentity({ folder: root, region: SCOPE.region, durable: systemDurableFiles, ids: systemIds() })
  const objects = await openObjects(root, systemDurableFiles)
  await objects.createBucket(BUCKET)
  for (const key of ['one', 'two', 'three']) await objects.put('bucket', key, bytes(key), { metadata: {} })
  await objects.close()
  const store = await openSqliteStore({ path: data.paths.store })
  await store.insertJob(aJob(1))
  await store.close()
  await writeFile(join(data.paths.logs, 'log'), 'a line\n')
  await data.close()
  return root
}

/** Locks, and what SQLite keeps beside a database, are no part of a backup. */
const isPassing = (path: string) => /lock\.db|-wal$|-shm$|-journal$/.test(path)

/** What a folder that was restored must hold: identity, logs and objects as they were, and both databases. */
async function differences(source: string, restored: string): Promise<string | undefined> {
  const entries = await readdir(source, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(source, join(parentPath, name)))
  for (const file of files) {
    if (isPassing(file) || file === 'server.json') continue
    const copy = join(restored, file)
    if (!existsSync(copy)) return `${file} is lost`
    // A database is copied as SQLite does it, not byte by byte.
    if (!file.endsWith('.db') && !readFileSync(copy).equals(readFileSync(join(source, file)))) return `${file} is torn`
  }
  const store = await openSqliteStore({ path: pathsBelow(restored).store })
  const job = await store.job(aJob(1).id)
  await store.close()
  return job ? undefined : 'the job is lost'
}

/** @param source of which a backup is made, twice */
export function backupCases(source: string): readonly PowerCase[] {
  const target = (folder: string) => join(folder, 'backup')
  const makes = ({ folder, durable, ask }: PowerWork) =>
    ask('made', backUp({ dataFolder: source, target: target(folder), durable, now: NOW }))
  return [
    {
      name: 'a backup',
      isSafe: isPassing,
      run: async (work) => {
        await makes(work)
        await makes(work)
      },
      check: async (folder, asked) => {
        const isDone = asked.length > 0 && asked.every(({ answered }) => answered)
        return restored(target(folder), source, isDone)
      },
    },
    {
      name: 'a folder made from a backup',
      isSafe: isPassing,
      prepare: async (folder) => {
        await backUp({ dataFolder: source, target: target(folder), durable: systemDurableFiles, now: NOW })
      },
      run: async ({ folder, durable, ask }) => {
        await ask('made', restore({ source: target(folder), dataFolder: join(folder, 'data'), durable }))
      },
      check: async (folder, asked) => {
        const data = join(folder, 'data')
        if (existsSync(restoringMark(data)))
          return asked[0]?.answered ? 'it still says that it is being made' : undefined
        const isNothing = !existsSync(join(data, 'identity.json')) && !existsSync(pathsBelow(data).store)
        return isNothing && !asked[0]?.answered ? undefined : differences(source, data)
      },
    },
  ]
}

/** A backup that says that it is whole can be restored; one that was cut off says so. */
async function restored(target: string, source: string, isDone: boolean): Promise<string | undefined> {
  const parent = await mkdtemp(join(dirname(dirname(target)), 'again-'))
  try {
    await restore({ source: target, dataFolder: join(parent, 'data'), durable: systemDurableFiles })
    return await differences(source, join(parent, 'data'))
  } catch (error) {
    return error instanceof BackupError && !isDone ? undefined : String(error)
  } finally {
    await rm(parent, { recursive: true })
  }
}

export const STORE_CASES: readonly PowerCase[] = [OBJECTS, PRUNE]
