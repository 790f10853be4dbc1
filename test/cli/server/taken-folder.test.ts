import assert from 'node:assert/strict'
import { execFileSync, type ChildProcess } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'
import { RealClock } from '../../../src/clock/real-clock.ts'
import { EXIT_CODES } from '../../../src/cli/exit-codes.ts'
import { untilInFolder } from '../../../src/util/until-in-folder.ts'
import { atEnd } from '../../support/at-end.ts'
import { ROOMY_FLEET } from '../../support/roomy-fleet.ts'
import { ended, start, trainyard, type Ended } from '../program.ts'
import { temporaryFolder } from '../temporary-folder.ts'

interface Held {
  readonly child: ChildProcess
  readonly end: Promise<Ended>
  /** Lets it go on. */
  release(): Promise<void>
}

/** A data folder that was used before. */
async function usedFolder(t: TestContext): Promise<string> {
  const data = join(temporaryFolder(t), 'data')
  const { code, stderr } = await trainyard(['keys', 'list', '--data', data])
  assert.equal(code, 0, stderr)
  return data
}

/** Whatever takes the folder reads the configuration next: here it waits in that until it is released. */
async function holding(t: TestContext, data: string, args: readonly string[]): Promise<Held> {
  const configuration = join(data, 'trainyard.yaml')
  rmSync(configuration, { force: true })
  execFileSync('mkfifo', [configuration])
  const child = begin(t, args, data)
  const end = ended(child)
  // Opened as soon as the other one reads.
  const fifo = await open(configuration, 'w')
  atEnd(t, () => fifo.close())
  return {
    child,
    end,
    async release() {
      rmSync(configuration)
      writeFileSync(configuration, ROOMY_FLEET)
      await fifo.close()
    },
  }
}

function begin(t: TestContext, args: readonly string[], data: string): ChildProcess {
  const child = start([...args, '--data', data])
  atEnd(t, () => void child.kill('SIGKILL'))
  return child
}

const SERVE = ['serve', '--port', '0', '--runtime', 'simulated'] as const

interface Server {
  readonly child: ChildProcess
  /** Whom it says that it waits for. */
  readonly waitsFor: Promise<string>
  readonly url: Promise<string>
  readonly end: Promise<{ readonly code: number | null; readonly stderr: string }>
}

function beginServer(t: TestContext, data: string): Server {
  const child = begin(t, SERVE, data)
  if (!child.stdout || !child.stderr) throw new TypeError('The program has no output')
  const waitsFor = Promise.withResolvers<string>()
  const url = Promise.withResolvers<string>()
  createInterface(child.stdout).on('line', (line) => {
    const said = JSON.parse(line) as { readonly msg: string; readonly for?: string; readonly url?: string }
    if (said.msg === 'waiting for the data folder') waitsFor.resolve(said.for ?? '')
    if (said.msg === 'listening') url.resolve(said.url ?? '')
  })
  const end = Promise.all([text(child.stderr), once(child, 'exit') as Promise<[number | null]>])
  return {
    child,
    waitsFor: waitsFor.promise,
    url: url.promise,
    end: end.then(([stderr, [code]]) => ({ code, stderr })),
  }
}

/** Until a program looks out for what happens in a folder. */
async function lookingOut({ pid }: ChildProcess): Promise<void> {
  const infos = `/proc/${pid}/fdinfo`
  const isWatching = () =>
    existsSync(infos) &&
    readdirSync(infos).some((descriptor) => {
      try {
        return readFileSync(join(infos, descriptor), 'utf8').includes('inotify wd:')
      } catch {
        return false
      }
    })
  await untilInFolder('/proc', { clock: new RealClock() }, () => isWatching() || undefined)
}

test('A server that finds a command at work in its folder says who that is, waits, and starts when it is done', async (t) => {
  const data = await usedFolder(t)
  const prune = await holding(t, data, ['prune'])
  const server = beginServer(t, data)
  assert.equal(await server.waitsFor, `trainyard prune (pid ${prune.child.pid})`)
  await prune.release()
  assert.match(await server.url, /^http:/)
  assert.equal((await prune.end).code, 0)
})

test('A server that waits for a command ends at a signal', async (t) => {
  const data = await usedFolder(t)
  await holding(t, data, ['prune'])
  const { child, waitsFor, end } = beginServer(t, data)
  await waitsFor
  child.kill('SIGTERM')
  assert.deepEqual(await end, { code: 0, stderr: '' })
})

test('Commands that find a server that is just starting wait until it answers', async (t) => {
  const data = await usedFolder(t)
  const server = await holding(t, data, SERVE)
  const commands = [['backup', `${data}-backup`], ['jobs'], ['prune', '--dry-run'], ['env']]
  const children = commands.map((args) => begin(t, [...args, '--json'], data))
  const ends = children.map((child) => ended(child))
  await Promise.all(children.map((child) => lookingOut(child)))
  await server.release()
  for (const { code, stderr } of await Promise.all(ends)) assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  server.child.kill('SIGTERM')
  assert.equal((await server.end).code, 0)
})

test('A second server waits for the first to say where it listens, and is refused with that', async (t) => {
  const data = await usedFolder(t)
  const first = await holding(t, data, SERVE)
  const second = beginServer(t, data)
  const named = `the server with pid ${first.child.pid}, which`
  assert.equal(await second.waitsFor, `${named} is starting or ending just now`)
  await first.release()
  const { code, stderr } = await second.end
  assert.equal(code, EXIT_CODES.error.code)
  assert.match(stderr, new RegExp(`in use by ${named} listens on http`))
})
