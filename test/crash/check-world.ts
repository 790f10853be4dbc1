import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { extract } from 'tar-stream'
import type { ObjectStore } from '../../src/objects/objects.ts'
import type { JobRecord, JournalRecord, Store } from '../../src/store/store.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { checkSealed, streamFiles } from './check-logs.ts'
import { modelOf } from './machine.ts'
import type { Played } from './play-scenario.ts'
import type { Scenario } from './scenario.ts'
import { BUCKET } from './server.ts'
import type { World } from './world.ts'

const PAGE = 1000

/**
 * What must hold once a scenario is over, whatever went wrong on the way: no job lost, none run twice, every transition there once, artifacts and logs whole, terminal
 * still terminal after another start, nothing left on the disk.
 *
 * @returns what is broken, in words
 */
export async function checkWorld(world: World, scenario: Scenario, played: Played): Promise<string[]> {
  const broken = [...played.problems, ...world.machine.problems]
  for (const { name, ends } of scenario.jobs) {
    const record = played.jobs.get(name)
    if (!record) continue
    const said = await world.withServer(({ observed: store, objects }) =>
      checkJob({ store, objects, record, expected: ends }),
    )
    broken.push(...said.map((problem) => `${name}: ${problem}`))
  }
  for (const [instance, count] of world.machine.starts)
    if (count > 1) broken.push(`the command of ${instance} ran ${count} times`)
  broken.push(...(await checkLogs(world)))
  broken.push(...(await checkAfterRestart(world, played)))
  return broken
}

interface Evidence {
  readonly store: Store
  readonly objects: ObjectStore
  readonly record: JobRecord
  readonly expected: string | undefined
}

async function checkJob({ store, objects, record, expected }: Evidence): Promise<string[]> {
  const broken = brokenInvariants(record, await journalOf(store, record.id))
  const { secondaryStatus, modelArtifacts, failureReason } = record.state
  if (secondaryStatus !== expected)
    broken.push(`it ended as ${secondaryStatus} (${failureReason}), and should have as ${expected}`)
  if (modelArtifacts !== undefined) broken.push(...(await checkModel(objects, record, modelArtifacts)))
  return broken
}

async function journalOf(store: Store, jobId: string): Promise<readonly JournalRecord[]> {
  return store.journal({ jobId, after: 0, limit: PAGE })
}

async function checkModel(objects: ObjectStore, { id }: JobRecord, uri: string): Promise<string[]> {
  const key = uri.slice(`s3://${BUCKET}/`.length)
  try {
    const { body } = await objects.get(BUCKET, key)
    const content = await modelIn(gunzipSync(await buffer(body)))
    return content === modelOf(id) ? [] : [`its archive holds ${content}`]
  } catch (error) {
    return [`its archive cannot be read: ${String(error)}`]
  }
}

async function modelIn(tar: Buffer): Promise<string> {
  const entries = extract()
  entries.end(tar)
  const found: string[] = []
  for await (const entry of entries)
    found.push(`${entry.header.name === 'model.txt' ? '' : entry.header.name}${await text(entry)}`)
  return found.join('')
}

/** Every stream is whole, and no line is there twice. */
async function checkLogs({ logs, machine }: World): Promise<string[]> {
  const files = await streamFiles(logs)
  const broken = await checkSealed(logs, files)
  for (const file of files) {
    const lines = (await readFile(join(logs, file), 'utf8')).trimEnd().split('\n')
    if (new Set(lines).size !== lines.length) broken.push(`the log ${file} has a line twice`)
  }
  const started = machine.starts.size
  if (files.length !== started) broken.push(`${started} commands were begun, and there are ${files.length} logs`)
  return broken
}

async function checkAfterRestart(world: World, { jobs, ids }: Played): Promise<string[]> {
  const before = await world.withServer(({ observed }) => rows(observed, ids))
  await world.restart()
  const after = await world.withServer(async ({ observed, swept }) => {
    await swept
    return rows(observed, ids)
  })
  await world.advance(1000)
  const broken = before === after ? [] : [`the record changed with another start: ${before} became ${after}`]
  for (const [name, id] of ids)
    if (!jobs.has(name) && (await world.withServer(({ observed }) => observed.job(id))))
      broken.push(`${name} was deleted and is there`)
  return [...broken, ...(await leftovers(world))]
}

async function rows(store: Store, ids: ReadonlyMap<string, string>): Promise<string> {
  const all = await Promise.all(
    Array.from(ids.values(), async (id) => [await store.job(id), await journalOf(store, id)]),
  )
  return JSON.stringify(all)
}

/** Workspaces, temporary files, blobs without an object. */
async function leftovers(world: World): Promise<string[]> {
  const broken: string[] = []
  const known = await world.machine.runtime.known()
  if (known.length > 0) broken.push(`of ${known.length} instances something is left`)
  const page = await world.withServer(({ objects }) => objects.list({ bucket: BUCKET, prefix: '', limit: PAGE }))
  let blobs = 0
  for (const entry of await readdir(world.folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    if (basename(join(entry.parentPath, '..')) === 'blobs') blobs++
    else if (entry.name.endsWith('.tmp') || entry.parentPath.includes('/jobs')) broken.push(`${entry.name} is left`)
  }
  if (blobs !== page.objects.length) broken.push(`there are ${blobs} blobs of ${page.objects.length} objects`)
  return broken
}
