import { createServer } from 'node:net'
import { once } from 'node:events'
import { readServerFile } from '../../data-folder/server-file.ts'
import { typed } from '../server/typed-command.ts'
import { formatTime } from '../terminal/format.ts'
import type { Examined } from './examined.ts'
import { had, missing, type Finding } from './finding.ts'
import { asRoot } from './install-command.ts'
import { tryProgram } from './try-program.ts'

const PLATFORM = { group: 'machine', name: 'platform', required: true } as const
const NODE = { group: 'machine', name: 'node', required: true } as const
const PORT = { group: 'machine', name: 'port' } as const
const CLOCK = { group: 'machine', name: 'clock' } as const

const OLDEST_NODE = 24
const DEFAULT_PORT = 8484
/** No clock that is right shows an earlier time: this program did not exist. */
const EARLIEST = Date.UTC(2026, 0, 1)

export async function examineMachine(examined: Examined, now: number): Promise<readonly Finding[]> {
  return [examinePlatform(), examineNode(process.versions.node), await examinePort(examined), await examineClock(now)]
}

function examinePlatform(): Finding {
  const { platform, arch } = process
  if (platform === 'linux') return had(PLATFORM, `Linux, ${arch}`)
  const why = 'Jobs run as Linux processes; here a server can only simulate them.'
  return missing(PLATFORM, { detail: `${platform}, ${arch}`, why, cure: 'use a Linux machine; on Windows, WSL 2' })
}

function examineNode(version: string): Finding {
  if (Number.parseInt(version, 10) >= OLDEST_NODE) return had(NODE, version)
  const why = 'The server keeps its record with the SQLite that comes with it.'
  return missing(NODE, {
    detail: version,
    why,
    cure: `install Node ${OLDEST_NODE} or later: https://nodejs.org/en/download`,
  })
}

async function examinePort({ dataFolder }: Examined): Promise<Finding> {
  const server = await readServerFile(dataFolder)
  if (await isFree(DEFAULT_PORT)) return had(PORT, `${DEFAULT_PORT} is free`)
  if (server?.port === DEFAULT_PORT) return had(PORT, `${DEFAULT_PORT} is used by the server of this data folder`)
  const why = 'A server cannot listen where it would by default.'
  return missing(PORT, {
    detail: `${DEFAULT_PORT} is used by another program`,
    why,
    cure: typed('serve --port 0', dataFolder),
  })
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}

async function examineClock(now: number): Promise<Finding> {
  const cure = asRoot('timedatectl set-ntp true')
  const why = 'Requests signed by other machines are refused when the clocks are a quarter of an hour apart.'
  const shown = formatTime(now)
  if (now < EARLIEST) return missing(CLOCK, { detail: `it shows ${shown}`, why, cure })
  const synchronised = await tryProgram('timedatectl', 'show', '--property=NTPSynchronized', '--value')
  if (!synchronised.worked) return had(CLOCK, `${shown}; whether it is kept right cannot be told here`)
  if (synchronised.stdout.trim() === 'yes') return had(CLOCK, `${shown}, kept right by the network`)
  return missing(CLOCK, { detail: `${shown}, which nothing keeps right`, why, cure })
}
