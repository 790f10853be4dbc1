import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { RealClock } from '../clock/real-clock.ts'
import { takeAgentLock } from './agent-lock.ts'
import { AgentServer } from './agent-server.ts'
import { closeInherited } from './close-inherited.ts'
import { JobNetworks } from './network/job-networks.ts'
import { removeEmptyJobs } from './remove-instance.ts'
import { loadScripts } from './sandbox/scripts.ts'

/** A server that started us connects within moments; if it died meanwhile, we are not needed. */
const FIRST_CONNECTION_MS = 10_000

/**
 * The agent: lays out instances, moves their bytes, starts and watches their commands. It outlives its server, and ends when it has neither a server nor a
 * command.
 *
 * @param argv `--data FOLDER`
 */
export async function runAgent(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...argv], options: { data: { type: 'string' } } })
  if (values.data === undefined) throw new AgentUsageError()
  const dataFolder = resolve(values.data)
  closeInherited()
  using lock = takeAgentLock(dataFolder)
  // Two servers in a row may both have started one; the first serves them.
  if (!lock) return
  await serve(dataFolder)
}

export class AgentUsageError extends Error {
  override readonly name = 'AgentUsageError'
  readonly code = 'AGENT_USAGE'

  constructor() {
    super('The agent needs --data FOLDER, the data folder of its server.')
  }
}

async function serve(dataFolder: string): Promise<void> {
  const log = pino({ base: { agent: process.pid } }, pino.destination({ dest: 2, sync: true }))
  const done = Promise.withResolvers<void>()
  let listening = false
  const endIfIdle = () => {
    if (listening && agent.idle) done.resolve()
  }
  const tools = { dataFolder, clock: new RealClock(), scripts: loadScripts() }
  const agent = new AgentServer({
    ...tools,
    log,
    networks: new JobNetworks(tools),
    end: done.resolve,
    changed: endIfIdle,
  })
  await removeEmptyJobs(dataFolder)
  await agent.listen()
  await agent.adoptAll()
  log.info({ dataFolder }, 'agent ready')
  listening = true
  const first = setTimeout(endIfIdle, FIRST_CONNECTION_MS)
  process.once('SIGTERM', done.resolve)
  // Its session has no terminal, but whoever runs it by hand has.
  process.once('SIGINT', done.resolve)
  await done.promise
  clearTimeout(first)
  agent.close()
  log.info('agent ends')
}
