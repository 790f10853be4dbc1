import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { processStat, type ProcessIdentity } from '../../src/agent/proc.ts'
import { treeUsage } from '../../src/agent/tree-usage.ts'
import { UsageMeter } from '../../src/agent/usage-meter.ts'
import { VirtualClock } from '../../src/clock/virtual-clock.ts'
import { decodeUsage } from '../../src/telemetry/usage-format.ts'
import { TemporaryFolder } from '../telemetry/stream-files.ts'

const T = 1_700_000_000_000

/** Something that has used a processor and memory, with a child that does the same, until it is disposed of. */
class Busy implements AsyncDisposable {
  readonly #child = spawn(
    '/bin/sh',
    ['-c', 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo done; sleep 1000 & wait'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    },
  )

  async ready(): Promise<ProcessIdentity> {
    await once(this.#child.stdout, 'data')
    const stat = processStat(this.#child.pid ?? 0)
    assert.ok(stat)
    return stat
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.kill(-(this.#child.pid ?? 0), 'SIGKILL')
    await once(this.#child, 'exit')
  }
}

test('a tree of processes is counted together; one that is gone, or is another by now, is not', async () => {
  await using busy = new Busy()
  const first = await busy.ready()
  const alone = treeUsage(first, true)
  assert.ok(alone && alone.cpuSeconds > 0 && alone.memoryBytes > 0 && alone.ageSeconds > 0, JSON.stringify(alone))
  const tree = treeUsage({ pid: process.pid, startTime: processStat(process.pid)?.startTime ?? '' }, false)
  assert.ok(tree && tree.memoryBytes > alone.memoryBytes)
  assert.equal(treeUsage({ pid: first.pid, startTime: '1' }, true), undefined)
  assert.equal(treeUsage({ pid: 2 ** 22 + 1, startTime: '1' }, true), undefined)
})

test('usage is written once a minute and once at the end, of what was seen last', async () => {
  await using busy = new Busy()
  const first = await busy.ready()
  using folder = new TemporaryFolder()
  const clock = new VirtualClock(T)
  const meter = new UsageMeter({ logFile: folder.file('log'), folder: folder.path, clock, first: () => first })
  const records = () =>
    decodeUsage(existsSync(folder.file('log.usage')) ? readFileSync(folder.file('log.usage'), 'utf8') : '')
  await clock.advance(59_000)
  assert.deepEqual(records(), [])
  await clock.advance(100_000)
  assert.deepEqual(
    records().map(({ time }) => time - T),
    [60_000, 120_000],
  )
  for (const { cpu, memory, disk } of records()) {
    assert.ok(cpu !== undefined && cpu >= 0 && memory !== undefined && memory > 0 && memory < 100)
    assert.ok(disk !== undefined && disk >= 0 && disk <= 100)
  }
  meter.finish()
  await clock.advance(600_000)
  assert.equal(records().length, 2)
})

test('an instance that ends in its first minute has what was seen of it, and one that nobody saw its disk', async () => {
  await using busy = new Busy()
  const first = await busy.ready()
  using folder = new TemporaryFolder()
  const clock = new VirtualClock(T)
  const seen = new UsageMeter({ logFile: folder.file('seen'), folder: folder.path, clock, first: () => first })
  await clock.advance(9000)
  seen.finish()
  const [record] = decodeUsage(readFileSync(folder.file('seen.usage'), 'utf8'))
  assert.ok(record?.cpu !== undefined && record.cpu > 0, JSON.stringify(record))
  assert.equal(record.time, T + 8000)
  const unseen = new UsageMeter({ logFile: folder.file('unseen'), folder: folder.path, clock, first: () => undefined })
  unseen.finish()
  const [disk] = decodeUsage(readFileSync(folder.file('unseen.usage'), 'utf8'))
  assert.deepEqual(Object.keys(disk ?? {}), ['time', 'disk'])
})

test('where nothing can be written, measuring goes on', async () => {
  const clock = new VirtualClock(T)
  const first = () => undefined
  const meter = new UsageMeter({ logFile: '/proc/nowhere/log', folder: '/proc/nowhere', clock, first })
  await clock.advance(130_000)
  meter.finish()
})
