import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
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
})
