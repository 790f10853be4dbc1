import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { checkHealth } from '../../src/agent/health.ts'
import { instanceFolder } from '../../src/agent/instance-folder.ts'
import type { LaunchOrder } from '../../src/agent/messages.ts'
import { layOutWorkspace } from '../../src/agent/workspace.ts'
import { resources } from '../support/resources.ts'

/** What `true` stands for wherever a program is needed: an empty executable is all that is looked at. */
const PROGRAMS = ['bwrap', 'unshare', 'mount', 'setsid', 'setpriv', 'nsenter', 'ip', 'slirp4netns']

function launched(plan: Partial<LaunchOrder['plan']> = {}, spec: Partial<LaunchOrder['spec']> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-health-'))
  const id = { jobId: 'job', attempt: 1, host: 'algo-1' }
  const place = instanceFolder(join(folder, 'data'), id)
  const order: LaunchOrder = {
    spec: {
      id,
      hosts: ['algo-1'],
      network: 'machine',
      environment: { name: 'test', python: '/bin/python' },
      resources: resources(),
      command: ['true'],
      variables: {},
      configFiles: {},
      channels: [],
      logFile: join(folder, 'logs/of-the-day/log'),
      logMaxBytes: 1000,
      ...spec,
    },
    plan: { isolation: 'bwrap', overlay: true, launcher: '/nowhere', ...plan },
  }
  layOutWorkspace(place, order)
  const path = join(folder, 'bin')
  mkdirSync(path)
  for (const program of PROGRAMS) writeFileSync(join(path, program), '', { mode: 0o755 })
  return {
    place,
    order,
    path,
    check: () => checkHealth(place, order, `/nowhere:${path}`),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

function unhealthy(what: RegExp) {
  return { name: 'InstanceError', fault: 'platform', message: what }
}

describe('a launched instance', () => {
  test('that is as it was made is healthy, whoever asks again, and nothing of the look is left in it', () => {
    using given = launched()
    given.check()
    given.check()
    assert.deepEqual(readdirSync(given.place.ml).toSorted(), ['input', 'model', 'output'])
    assert.deepEqual(readdirSync(given.place.scratch), ['home'])
  })

  test('needs the programs that make its box, and only those', () => {
    const network = { subnet: '10.0.2.0/24', open: true }
    const user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
    const needs = [
      [{ isolation: 'bwrap' }, {}, ['bwrap']],
      [{ isolation: 'bwrap' }, { channels: ['train'] }, ['bwrap', 'unshare', 'mount']],
      [{ isolation: 'unshare', jobUser: user }, {}, ['unshare', 'mount', 'setpriv']],
      [{ isolation: 'base-dir', overlay: false }, { channels: ['train'] }, ['setsid']],
      [{ network }, { network: 'job' }, ['bwrap', 'unshare', 'nsenter', 'ip', 'mount', 'slirp4netns']],
      [{ network }, { network: 'isolated' }, ['bwrap', 'unshare', 'nsenter', 'ip', 'mount']],
    ] as const
    for (const [plan, spec, programs] of needs) {
      using given = launched(plan, spec)
      for (const program of PROGRAMS) {
        const [file, aside] = [join(given.path, program), join(given.path, 'aside')]
        renameSync(file, aside)
        if (programs.some((needed) => needed === program))
          assert.throws(given.check, unhealthy(new RegExp(`${program} is not among the programs of this machine`)))
        else given.check()
        renameSync(aside, file)
      }
    }
  })

  test('in which something has run before, or whose folders or link are not its own, is unhealthy', () => {
    using ran = launched()
    writeFileSync(ran.place.claim, '')
    assert.throws(ran.check, unhealthy(/a command has been started in it before/))

    using moved = launched()
    rmSync(moved.place.scratch, { recursive: true })
    symlinkSync('/tmp', moved.place.scratch)
    assert.throws(moved.check, unhealthy(/scratch is no folder/))

    using stranger = launched({}, {})
    const { place, order, path } = stranger
    const other = { ...order, plan: { ...order.plan, jobUser: { uid: 4_000_000, gid: 4_000_000 } } }
    assert.throws(() => checkHealth(place, other, path), unhealthy(/belongs to user \d+ instead of 4000000/))

    using linked = launched({ isolation: 'link' })
    const link = join(dirname(linked.path), 'current')
    const withLink = { ...linked.order, plan: { ...linked.order.plan, link } }
    symlinkSync('/somewhere/else', link)
    assert.throws(() => checkHealth(linked.place, withLink, linked.path), unhealthy(/does not point to its \/opt\/ml/))
    rmSync(link)
    symlinkSync(linked.place.ml, link)
    checkHealth(linked.place, withLink, linked.path)
  })

  test('whose log cannot be written is unhealthy', () => {
    using given = launched()
    const logs = dirname(dirname(given.order.spec.logFile))
    writeFileSync(logs, 'a file where a folder is needed')
    assert.throws(given.check, unhealthy(/of-the-day cannot be written \(E(NOTDIR|EXIST)\)/))
    assert.ok(existsSync(given.place.ml))
  })
})
