import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { groupsName, sweepGroups } from '../../../src/agent/cgroup/abandoned-groups.ts'
import { findGroupParent } from '../../../src/agent/cgroup/group-parent.ts'
import {
  foldersOf,
  groupMemoryKills,
  groupOf,
  groupPidsRefused,
  killGroup,
  makeGroup,
  removeGroup,
} from '../../../src/agent/cgroup/instance-group.ts'
import { proveLimits } from '../../../src/agent/cgroup/prove-limits.ts'
import { RecordedTree, userTree } from './recorded-tree.ts'

const APP = 'user.slice/user-1000.slice/user@1000.service/app.slice'
const HALF = { cpus: 0.5, memory: 2 ** 26, pids: 100 }

describe('a tree of version 2', () => {
  test('has the groups beside that of a terminal, so that none of its processes is moved', async () => {
    using tree = userTree()
    const own = `0::/${APP}/run-r1.scope\n`
    const found = await findGroupParent({ root: tree.root, own, name: 'trainyard-x', mayMove: true })
    assert.ok(found.available)
    const folder = join(tree.root, APP)
    assert.deepEqual(found.parent, { version: 2, folders: { memory: folder, cpu: folder, pids: folder } })
  })

  test('has them beside the group that a unit gives its server', async () => {
    using tree = new RecordedTree()
    const unit = 'system.slice/trainyard.service'
    tree.put(`${unit}/cgroup.controllers`, 'cpu memory pids\n')
    tree.put(`${unit}/cgroup.subtree_control`, '')
    const own = `0::/${unit}/server\n`
    const found = await findGroupParent({ root: tree.root, own, name: 'trainyard-x', mayMove: true })
    assert.ok(found.available)
    assert.equal(found.parent.folders.memory, join(tree.root, unit))
  })

  test('whose groups above are all root’s has none for an ordinary user in a session, and says so', async () => {
    using tree = userTree()
    const own = '0::/user.slice/user-1000.slice/session-3.scope\n'
    const found = await findGroupParent({ root: tree.root, own, name: 'trainyard-x', mayMove: false })
    assert.deepEqual(found, {
      available: false,
      reason: 'no control group above this process may be written by this user',
    })
  })

  test('gets the limits, none of what is the machine’s whole, and is read for what was refused', () => {
    using tree = new RecordedTree()
    const folders = { memory: tree.root, cpu: tree.root, pids: tree.root }
    const group = groupOf({ version: 2, folders }, 'trainyard-x', 'job-1-algo-1')
    const name = 'trainyard-x/job-1-algo-1'
    tree.put('cgroup.controllers', 'cpu memory pids\n')
    tree.put('trainyard-x/cgroup.controllers', 'cpu memory pids\n')
    tree.put(`${name}/memory.swap.max`, 'max\n')
    makeGroup(group, HALF)
    assert.equal(tree.read(`${name}/memory.max`), '67108864')
    assert.equal(tree.read(`${name}/memory.swap.max`), '0')
    assert.equal(tree.read(`${name}/cpu.max`), '50000 100000')
    assert.equal(tree.read(`${name}/pids.max`), '100')
    assert.equal(tree.read('trainyard-x/cgroup.subtree_control'), '+pids', 'the last of three')
    tree.put(`${name}/memory.events`, 'low 0\nhigh 0\nmax 12\noom 2\noom_kill 1\noom_group_kill 0\n')
    tree.put(`${name}/pids.events`, 'max 3\n')
    assert.deepEqual([groupMemoryKills(group), groupPidsRefused(group)], [1, 3])
    assert.deepEqual(foldersOf(group), [join(tree.root, name)])

    const whole = groupOf({ version: 2, folders }, 'trainyard-x', 'job-2-algo-1')
    makeGroup(whole, { cpus: 4096, memory: 2 ** 60, pids: 100 })
    assert.deepEqual(readdirSync(join(tree.root, 'trainyard-x/job-2-algo-1')), ['pids.max'])
  })

  test('that has no controllers of ours, or no groups at all, limits nothing', async () => {
    using tree = new RecordedTree()
    tree.put('cgroup.controllers', 'hugetlb\n')
    tree.put('cgroup.subtree_control', '')
    const request = { root: tree.root, name: 'trainyard-x', mayMove: true }
    assert.equal((await findGroupParent({ ...request, own: '0::/\n' })).available, false)
    const none = await findGroupParent({ ...request, own: '' })
    assert.deepEqual(none, { available: false, reason: 'this kernel has no control groups' })
  })
})

describe('a sweep', () => {
  test('leaves alone what others have named, and what it cannot remove', () => {
    using tree = new RecordedTree()
    const parent = { version: 2, folders: { memory: tree.root } } as const
    const gone = join(tree.root, 'no-such-folder')
    const names = ['trainyard', 'trainyard-0123456789ab', 'trainyard@', 'trainyard@relative', 'trainyard@%E0%A4%A']
    for (const name of [...names, groupsName(tree.root)])
      mkdirSync(join(tree.root, name, 'job-1-algo-1'), { recursive: true })
    mkdirSync(join(tree.root, groupsName(gone), 'job-1-algo-1'), { recursive: true })
    tree.put(`${groupsName(`${gone}-2`)}/job-1-algo-1/busy`, '')
    mkdirSync(join(tree.root, groupsName(`${gone}-2`), 'job-2-algo-1'))
    sweepGroups(parent)
    sweepGroups({ ...parent, folders: { memory: gone } })
    const left = [...names, groupsName(tree.root), groupsName(`${gone}-2`)]
    assert.deepEqual(readdirSync(tree.root).toSorted(), left.toSorted())
    assert.deepEqual(readdirSync(join(tree.root, groupsName(`${gone}-2`))), ['job-1-algo-1'])
  })

  test('knows whose groups are whose by their name, unless that would be too long for one', () => {
    assert.equal(groupsName('/var/lib/train yard'), 'trainyard@%2Fvar%2Flib%2Ftrain%20yard')
    assert.match(groupsName(`/${'long'.repeat(50)}`), /^trainyard-[0-9a-f]{12}$/)
  })
})

const real = await findGroupParent({ name: `trainyard-test-${process.pid}`, mayMove: false })
const NEEDS = { skip: !real.available && `no control groups here: ${real.reason}` }

describe('the control groups of this machine', NEEDS, () => {
  test('leave nothing of the search for them', () => {
    assert.ok(real.available)
    for (const folder of Object.values(real.parent.folders))
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.startsWith(`trainyard-test-${process.pid}`)),
        [],
      )
  })

  test('hold a process to its memory and its number of children, and tell which it was', async () => {
    assert.ok(real.available)
    const proved = await proveLimits(real.parent, `trainyard-test-${process.pid}`)
    for (const controller of ['memory', 'pids'] as const)
      assert.equal(proved[controller], controller in real.parent.folders, controller)
    for (const folder of Object.values(real.parent.folders))
      assert.ok(!existsSync(join(folder, `trainyard-test-${process.pid}`)))
  })

  test('hold half a processor to its quota', () => {
    assert.ok(real.available)
    const group = groupOf(real.parent, `trainyard-test-${process.pid}`, 'quota')
    makeGroup(group, HALF)
    const { version, folders } = group
    if (folders.cpu !== undefined) {
      const file = version === 2 ? 'cpu.max' : 'cpu.cfs_quota_us'
      assert.match(readFileSync(join(folders.cpu, file), 'utf8'), /^50000\b/)
    }
    assert.ok(killGroup(group))
    assert.ok(removeGroup(group))
    assert.ok(removeGroup(group), 'any number of times')
  })

  test('of a server whose data folder is gone go with the next sweep, but not while a process is in them', async () => {
    assert.ok(real.available)
    const { parent } = real
    const folder = mkdtempSync(join(tmpdir(), 'trainyard-of-groups-'))
    const group = groupOf(parent, groupsName(folder), 'job-1-algo-1')
    makeGroup(group, HALF)
    const [first = ''] = foldersOf(group)
    sweepGroups(parent)
    assert.ok(existsSync(first), 'its owner is there')
    const child = spawn('/bin/sh', ['-c', 'echo 0 >"$0/cgroup.procs" && echo in && exec sleep 1000', first], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    rmdirSync(folder)
    sweepGroups(parent)
    assert.ok(existsSync(first), 'a process is in it')
    const ended = once(child, 'exit')
    assert.ok(killGroup(group))
    await ended
    sweepGroups(parent)
    for (const path of foldersOf(group)) assert.ok(!existsSync(dirname(path)), path)
  })
})
