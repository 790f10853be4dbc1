/**
 * Question: what does S3 on the embedded store cost beside the least a server could do, bare node:http from and to files (no signature, no digest,
 * no sync, no index)? Run: `node bench/s3.ts` (about 20 s).
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { Pool } from 'undici'
import { createHttpFront } from '../src/http/http-front.ts'
import type { CredentialSource } from '../src/identity/principal.ts'
import { openEmbeddedObjects } from '../src/objects/embedded/embedded-objects.ts'
import { s3Service } from '../src/operations/s3/service.ts'
import { signRequest } from '../src/protocol/sigv4-sign.ts'
import { systemIds } from '../src/util/ids.ts'
import { bench, median, medianRatio, type Row } from './support/row.ts'

const BUCKET = 'bench'
const LARGE = 64 * 2 ** 20
const SMALL = 10_000
const SMALL_KEYS = 1000
const IN_FLIGHT = 32
const LARGE_ROUNDS = 7
const SMALL_ROUNDS = 5
const KEY = { accessKeyId: 'AKIABENCH', secretAccessKey: 'secret' }
const ACCOUNT = '111122223333'
const UNSIGNED = 'UNSIGNED-PAYLOAD'

interface Peer {
  readonly name: 'trainyard' | 'bare'
  readonly process: ChildProcess
  readonly pool: Pool
  readonly host: string
}

const SERVERS = { trainyard: serveTrainyard, bare: serveBare }
const [role = 'compare', folder = ''] = process.argv.slice(2)
if (role === 'trainyard' || role === 'bare') process.send?.(await SERVERS[role](folder))
else await bench(compare)

async function compare(): Promise<readonly Row[]> {
  const root = await mkdtemp(path.join(tmpdir(), 'bench-s3-'))
  const peers = [await start('trainyard', root), await start('bare', root)]
  const large = Buffer.alloc(LARGE, 'large')
  const small = Buffer.alloc(SMALL, 'small')
  const keys = Array.from({ length: SMALL_KEYS }, (_, at) => `small-${at}`)
  try {
    const ofLarge = { units: LARGE / 2 ** 20, unit: 'MiB/s', goal: 0.85, rounds: LARGE_ROUNDS, peers }
    const ofSmall = { units: SMALL_KEYS, unit: 'objects/s', goal: 0.5, rounds: SMALL_ROUNDS, peers }
    return [
      await row('S3 put of 64 MiB', ofLarge, (peer) => put(peer, 'large', large)),
      await row('S3 get of 64 MiB', ofLarge, (peer) => get(peer, 'large', LARGE)),
      await row('S3 put of 1,000 keys of 10 KB', ofSmall, (peer) => each(keys, (key) => put(peer, key, small))),
      await row('S3 get of 1,000 keys of 10 KB', ofSmall, (peer) => each(keys, (key) => get(peer, key, SMALL))),
    ]
  } finally {
    for (const peer of peers) {
      await peer.pool.close()
      peer.process.kill()
    }
    await rm(root, { recursive: true, force: true })
  }
}

interface RowPlan {
  /** How much one round moves. */
  readonly units: number
  readonly unit: string
  readonly goal: number
  readonly rounds: number
  readonly peers: readonly Peer[]
}

async function row(what: string, plan: RowPlan, work: (peer: Peer) => Promise<void>): Promise<Row> {
  const { units, unit, goal, rounds, peers } = plan
  const pace = { trainyard: [] as number[], bare: [] as number[] }
  for (let round = 0; round <= rounds; round++) {
    for (const peer of peers) {
      const start = performance.now()
      await work(peer)
      // The first round warms up code and page cache.
      if (round > 0) pace[peer.name].push(units / ((performance.now() - start) / 1000))
    }
  }
  const ratio = medianRatio(pace.trainyard, pace.bare)
  return {
    what,
    yardstick: 'node:http from and to files',
    goal: `≥ ${goal}`,
    result: ratio.toFixed(2),
    met: ratio >= goal,
    ours: `${median(pace.trainyard).toFixed(0)} ${unit}`,
    theirs: `${median(pace.bare).toFixed(0)} ${unit}`,
  }
}

async function each(keys: readonly string[], work: (key: string) => Promise<void>): Promise<void> {
  const left = keys.values()
  const runners = Array.from({ length: IN_FLIGHT }, async () => {
    for (const key of left) await work(key)
  })
  await Promise.all(runners)
}

async function put(peer: Peer, key: string, body: Buffer): Promise<void> {
  const response = await peer.pool.request({
    ...signed(peer, 'PUT', key, { 'content-length': String(body.length) }),
    body,
  })
  await response.body.dump()
  if (response.statusCode !== 200) throw new Error(`PUT ${key} answered ${response.statusCode}`)
}

async function get(peer: Peer, key: string, size: number): Promise<void> {
  const response = await peer.pool.request(signed(peer, 'GET', key, {}))
  let seen = 0
  for await (const chunk of response.body) seen += (chunk as Buffer).length
  if (response.statusCode !== 200 || seen !== size)
    throw new Error(`GET ${key} answered ${response.statusCode}, ${seen} bytes`)
}

function signed(peer: Peer, method: 'GET' | 'PUT', key: string, headers: Readonly<Record<string, string>>) {
  const target = `/${BUCKET}/${key}`
  const own = { host: peer.host, 'x-amz-content-sha256': UNSIGNED, ...headers }
  const options = { credentials: KEY, service: 's3', region: 'us-east-1', now: Date.now() }
  return {
    method,
    path: target,
    headers: signRequest({ method, path: target, query: '', headers: own }, UNSIGNED, options),
  }
}

async function start(name: Peer['name'], root: string): Promise<Peer> {
  const child = fork(fileURLToPath(import.meta.url), [name, path.join(root, name)])
  const [port] = (await once(child, 'message')) as [number]
  const host = `127.0.0.1:${port}`
  return { name, process: child, host, pool: new Pool(`http://${host}`, { connections: IN_FLIGHT }) }
}

async function serveTrainyard(store: string): Promise<number> {
  const objects = await openEmbeddedObjects({ folder: store, clock: { now: Date.now }, ids: systemIds() })
  await objects.createBucket({ name: BUCKET, account: ACCOUNT, region: 'us-east-1' })
  const principal = {
    account: ACCOUNT,
    accessKeyId: KEY.accessKeyId,
    kind: 'owner',
    scope: { kind: 'everything' },
  } as const
  const credentials: CredentialSource = { find: async () => ({ ...KEY, principal }) }
  const front = createHttpFront({
    services: [],
    s3: s3Service({ objects, clock: { now: Date.now }, serverAccount: ACCOUNT }),
    own: {},
    credentials,
    wireClock: { now: Date.now },
    ids: systemIds(),
    log: pino({ level: 'warn' }),
    allowedHosts: [],
  })
  return (await front.listen({ host: '127.0.0.1', port: 0 })).port
}

async function serveBare(files: string): Promise<number> {
  const fileOf = (request: IncomingMessage) => `${files}-${path.basename(request.url ?? '')}`
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'GET') return pipeline(createReadStream(fileOf(request)), response)
    await pipeline(request, createWriteStream(fileOf(request)))
    response.end()
  }
  const server = createServer((request, response) => {
    void handle(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
