import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { NetworkKind } from '../../../../src/runtime/runtime.ts'
import { until, type Bench, type Subject } from './bench.ts'
import { processesIn } from './processes.ts'

const PEER = readFileSync(join(import.meta.dirname, 'peer.py'), 'utf8')
const SERVER = 'http://10.0.2.1:8484'
const LASTING = ['/bin/sh', '-c', "trap 'exit 7' TERM; echo ready; while :; do sleep 0.02; done"]

/** What `peer.py` prints. */
interface Said {
  readonly me: string
  readonly heard: Record<string, string>
  readonly cards: readonly string[]
  readonly sys: readonly string[]
  readonly asked: Record<string, string | null>
}

/** What instances reach. @param open whether jobs that are not isolated are to reach other machines here */
export function reachTests(bench: () => Bench, open: boolean): void {
  describe('a job’s own network', () => {
    test('is offered as this machine allows', async () => {
      const { hosts, jobNetwork } = await bench().runtime.capabilities()
      assert.deepEqual({ hosts, jobNetwork }, { hosts: 244, jobNetwork: { interface: 'eth0', endpoint: SERVER, open } })
    })

    for (const network of ['job', 'isolated'] as const) {
      test(`lets two instances hear each other and reach what they should: ${network}`, async () => {
        await using machine = await machineServer()
        const urls = [SERVER, ...machine.loopback, ...machine.cards]
        const subjects = await peers(bench(), network, { count: 2, urls })
        const said = await Promise.all(subjects.map(talk))
        for (const [index, one] of said.entries()) {
          const me = index + 1
          const other = 3 - me
          assert.deepEqual(
            { me: one.me, heard: one.heard, cards: one.cards, sys: one.sys },
            {
              me: `algo-${me}`,
              heard: { [`algo-${other}`]: `10.0.2.${10 + other}` },
              cards: ['eth0', 'lo'],
              sys: ['eth0', 'lo'],
            },
          )
          assert.equal(one.asked[SERVER], network === 'job' ? `server, asked by 10.0.2.${10 + me}` : null)
          for (const url of machine.loopback) assert.equal(one.asked[url], null, url)
          for (const url of machine.cards)
            assert.equal(one.asked[url], network === 'job' && open ? 'machine' : null, url)
        }
        await removed(bench(), subjects)
      })
    }
  })
}

/** How networks come and go. */
export function networkTests(bench: () => Bench): void {
  describe('a job’s own network', () => {
    test('is each job’s own: four at once use the same ports', async () => {
      const kinds = ['job', 'isolated', 'job', 'isolated'] as const
      const jobs = await Promise.all(kinds.map((network) => peers(bench(), network, { count: 2, urls: [SERVER] })))
      const said = await Promise.all(jobs.flat().map(talk))
      const asked = said.map((one) => one.asked[SERVER] !== null)
      assert.deepEqual(asked, [true, true, false, false, true, true, false, false])
      await removed(bench(), jobs.flat())
    })

    test('is there for a single isolated instance too', async () => {
      const [subject] = await peers(bench(), 'isolated', { count: 1, urls: [SERVER] })
      assert.ok(subject)
      const said = await talk(subject)
      assert.deepEqual([said.me, said.heard, said.cards, said.asked[SERVER]], ['algo-1', {}, ['eth0', 'lo'], null])
      await removed(bench(), [subject])
    })

    test('joins many instances', async () => {
      const subjects = await peers(bench(), 'isolated', { count: 6, urls: [] })
      const said = await Promise.all(subjects.map(talk))
      for (const { me, heard } of said) assert.equal(Object.keys({ ...heard, [me]: '' }).length, 6)
      await removed(bench(), subjects)
    })

    test('gives the instances one archive together', async () => {
      const script = 'mkdir /opt/ml/model/sub; hostname >/opt/ml/model/sub/$(hostname); hostname >/opt/ml/model/last'
      const subjects = await bench().launchJob(2, 'isolated', ['/bin/sh', '-c', script])
      for (const subject of subjects) assert.deepEqual(await subject.run(), { kind: 'exited', code: 0 })
      const ids = subjects.map(({ spec }) => spec.id)
      const [model, ...others] = await bench().runtime.collect(ids, {})
      assert.ok(model && others.length === 0)
      const tar = (...args: string[]) => execFileSync('tar', ['-xzOf', model.path, ...args], { encoding: 'utf8' })
      assert.deepEqual([tar('sub/algo-1'), tar('sub/algo-2'), tar('last')], ['algo-1\n', 'algo-2\n', 'algo-2\n'])
      assert.deepEqual(await bench().runtime.collect(ids, {}), [model])
      await removed(bench(), subjects)
    })

    test('lets one instance be stopped while the other goes on', async () => {
      const [first, second] = await bench().launchJob(2, 'job', LASTING)
      assert.ok(first && second)
      await Promise.all([first.startUntil('ready'), second.startUntil('ready')])
      await first.instance.stop({ graceMs: 60_000, to: 'all' })
      assert.deepEqual(await first.instance.wait({}), { kind: 'exited', code: 7 })
      await first.instance.destroy()
      assert.ok(existsSync(second.place.waiter) && !existsSync(second.place.end))
      await second.instance.stop({ graceMs: 60_000, to: 'all' })
      await removed(bench(), [second])
    })

    test('goes when the instances are over, also where their folders are kept', async () => {
      const subjects = await bench().launchJob(2, 'job', LASTING)
      await Promise.all(subjects.map((subject) => subject.startUntil('ready')))
      for (const { instance } of subjects) await instance.destroy({ keep: true })
      assert.deepEqual(helpers(bench()), [])
      for (const { place } of subjects) assert.ok(existsSync(place.ml))
      await removed(bench(), subjects)
    })

    test('is removed with a launch that was abandoned', async () => {
      const subjects = await bench().launchJob(3, 'job', LASTING)
      await removed(bench(), subjects)
    })
  })

  describe('a job on its own network outlives', () => {
    test('its server, and reaches the next one', async () => {
      const script = `${PEER_LOOP}\nwait_for_server()`
      const [subject] = await bench().launchJob(2, 'job', ['/usr/bin/python3', '-c', script])
      assert.ok(subject)
      await subject.startUntil('asked 1')
      await bench().runtime.close()
      const before = countOf(subject, 'asked')
      await bench().openRuntime()
      await until(() => countOf(subject, 'asked') > before)
      const again = await bench().runtime.find(subject.spec.id)
      await again?.stop({ graceMs: 0, to: 'all' })
      await destroyAll(bench())
    })

    test('its agent, whenever that is killed', async () => {
      for (let round = 0; round < 3; round++) {
        const launched = peers(bench(), 'job', { count: 2, urls: [SERVER] })
        await bench().killAgent()
        const subjects = await launched
        const said = subjects.map(talk)
        if (round % 2 === 1) await bench().killAgent()
        for (const { asked } of await Promise.all(said)) assert.ok(asked[SERVER])
        const gone = removed(bench(), subjects)
        if (round === 2) await bench().killAgent()
        await gone
      }
    })

    test('nothing of its network: an instance whose network was killed cannot start', async () => {
      const subjects = await bench().launchJob(2, 'job', LASTING)
      const [first, second] = subjects
      assert.ok(first && second)
      await first.startUntil('ready')
      const holder = readFileSync(join(first.place.folder, '../net/holder'), 'utf8').split('\n')[1]
      process.kill(Number.parseInt(holder ?? '', 10), 'SIGKILL')
      await bench().killAgent()
      await assert.rejects(second.instance.start({}), { name: 'InstanceError', fault: 'platform', message: /network/ })
      await removed(bench(), subjects)
    })
  })
}

const PEER_LOOP = `
import time, urllib.request
def wait_for_server():
    n = 0
    while True:
        try:
            urllib.request.urlopen('${SERVER}', timeout=3).read()
            n += 1
            print('asked', n)
        except OSError:
            pass
        time.sleep(0.02)
`

async function peers(
  bench: Bench,
  network: NetworkKind,
  { count, urls }: { readonly count: number; readonly urls: readonly string[] },
): Promise<readonly Subject[]> {
  return bench.launchJob(count, network, ['/usr/bin/python3', '-c', PEER, ...urls])
}

async function talk(subject: Subject): Promise<Said> {
  assert.deepEqual(await subject.run(), { kind: 'exited', code: 0 }, subject.log)
  return JSON.parse(subject.log) as Said
}

function countOf({ log }: Subject, word: string): number {
  return log.split('\n').filter((line) => line.startsWith(word)).length
}

/** Every process of ours but the agent. */
function helpers({ dataFolder }: Bench): string[] {
  return processesIn(dataFolder).filter((command) => !command.includes(`--data ${dataFolder}`))
}

async function destroyAll({ runtime }: Bench): Promise<void> {
  for (const id of await runtime.known()) await (await runtime.find(id))?.destroy()
}

/** Removes them all at once; then nothing is left of them but their logs. */
async function removed(bench: Bench, subjects: readonly Subject[]): Promise<void> {
  await Promise.all(subjects.map(({ instance }) => instance.destroy()))
  assert.deepEqual(helpers(bench), [])
  const jobs = join(bench.dataFolder, 'jobs')
  for (const { spec } of subjects) assert.ok(!existsSync(join(jobs, spec.id.jobId)), readdirSync(jobs).join(' '))
}

/** A program of this machine that listens on all its addresses. */
async function machineServer() {
  const server = createServer((_, response) => response.end('machine')).listen(0, '0.0.0.0')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const addresses = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses)
  const cards = addresses.filter(({ family, internal }) => family === 'IPv4' && !internal)
  return {
    loopback: ['127.0.0.1', '10.0.2.2'].map((address) => `http://${address}:${port}`),
    cards: cards.map(({ address }) => `http://${address}:${port}`),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
