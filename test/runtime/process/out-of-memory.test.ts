import assert from 'node:assert/strict'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { AGENT_COMMAND, Bench, until } from './support/bench.ts'

const LIMIT = 400 * 2 ** 20

/** A group of control groups, version 1 or 2, in which we may limit memory; undefined where there is none. */
function memoryGroup(): { readonly folder: string; readonly limit: string } | undefined {
  const own = readFileSync('/proc/self/cgroup', 'utf8')
  const first = /^\d+:memory:(.*)$/m.exec(own)?.[1]
  const second = /^0::(.*)$/m.exec(own)?.[1]
  const candidates = [
    ...(first === undefined ? [] : [{ folder: `/sys/fs/cgroup/memory${first}`, limit: 'memory.limit_in_bytes' }]),
    ...(second === undefined ? [] : [{ folder: `/sys/fs/cgroup${second}`, limit: 'memory.max' }]),
  ]
  return candidates.find(({ folder, limit }) => mayLimit(folder, limit))
}

function mayLimit(folder: string, limit: string): boolean {
  const trial = join(folder, `trainyard-trial-${process.pid}`)
  try {
    accessSync(folder, constants.W_OK)
    mkdirSync(trial)
  } catch {
    return false
  }
  const possible = existsSync(join(trial, limit))
  rmdirSync(trial)
  return possible
}

const group = memoryGroup()

test(
  'a command that the kernel kills for want of memory is reported so',
  { skip: !group && 'no control group of memory can be made here' },
  async () => {
    assert.ok(group)
    const folder = join(group.folder, `trainyard-test-${process.pid}`)
    mkdirSync(folder)
    writeFileSync(join(folder, group.limit), String(LIMIT))
    const swap = join(folder, 'memory.memsw.limit_in_bytes')
    if (existsSync(swap)) writeFileSync(swap, String(LIMIT))
    // Everything that the agent starts is in its group.
    const agentCommand = ['/bin/sh', '-c', `echo 0 >${folder}/cgroup.procs && exec "$@"`, 'sh', ...AGENT_COMMAND]
    {
      await using bench = await Bench.open('auto', { agentCommand, limits: 'off' })
      const greedy = await bench.launchCommand(['/usr/bin/python3', '-c', 'x = bytearray(800 * 2 ** 20)'])
      assert.deepEqual(await greedy.run(), { kind: 'out-of-memory', code: 137 })
      const killed = await bench.launch('echo ready; while :; do sleep 0.02; done')
      await killed.startUntil('ready')
      await killed.instance.stop({ graceMs: 20, to: 'all' })
      const end = await killed.instance.wait({})
      assert.equal(end.kind, 'signalled', 'a kill of ours is none of the kernel’s')
    }
    await until(() => readFileSync(join(folder, 'cgroup.procs'), 'utf8') === '')
    rmdirSync(folder)
  },
)

test(
  'a command that exceeds the memory it was given is told apart from one that was killed at the same time',
  { skip: !group && 'no control group of memory can be made here' },
  async () => {
    await using bench = await Bench.open('auto')
    const given = { host: 'algo-1', instanceType: 'ml.t3.small', cpus: 0.5, memory: 64 * 2 ** 20, gpus: [] }
    const killed = await bench.launch('sleep 0.5; exit 137')
    const greedy = await bench.launchCommand(['/usr/bin/python3', '-c', 'x = bytearray(200 * 2 ** 20)'], {
      resources: given,
    })
    await killed.instance.start({})
    assert.deepEqual(await greedy.run(), { kind: 'out-of-memory', code: 137 })
    assert.deepEqual(await killed.instance.wait({}), { kind: 'signalled', code: 137 })
  },
)
