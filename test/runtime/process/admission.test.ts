import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { SandboxPlan } from '../../../src/agent/messages.ts'
import { Admissions } from '../../../src/runtime/process/admission.ts'
import type { NetworkReport } from '../../../src/runtime/process/probe-network.ts'
import { AS_ROOT, JOB_USER } from './support/bench.ts'

const PYTHON = '/usr/bin/python3'
const PLAN: SandboxPlan = {
  isolation: 'unshare',
  overlay: false,
  launcher: '',
  ...(AS_ROOT ? { jobUser: JOB_USER } : {}),
}

const NO_NETWORKS = {
  own: { available: false, reason: 'ip is not installed' },
  open: { available: false, reason: '' },
} as const

describe('a job is admitted', () => {
  let folder = ''
  let dataFolder = ''
  before(() => {
    folder = mkdtempSync('/var/tmp/trainyard-test-')
    chmodSync(folder, 0o755)
    dataFolder = join(folder, 'data')
    mkdirSync(dataFolder)
  })
  after(() => rmSync(folder, { recursive: true }))

  const admit = (python: string, command?: readonly string[], plan = PLAN) =>
    new Admissions({ plan, networks: NO_NETWORKS }, dataFolder).admit({
      command,
      variables: {},
      environment: { name: 'local/python', python },
      hosts: 1,
      network: 'machine',
    })
  const refusal = async (python: string, command?: readonly string[], plan = PLAN) => {
    const admission = await admit(python, command, plan)
    assert.ok(!admission.admitted)
    return admission.reason
  }

  test('to a network of its own where that can be had and is wide enough, else told what is missing', async () => {
    const ask = async (plan: SandboxPlan, networks: NetworkReport, hosts: number, network: 'job' | 'isolated') => {
      const environment = { name: 'local/python', python: PYTHON }
      return new Admissions({ plan, networks }, dataFolder).admit({
        command: ['true'],
        environment,
        hosts,
        variables: {},
        network,
      })
    }
    const none = await ask(PLAN, NO_NETWORKS, 2, 'job')
    assert.match(none.admitted ? '' : none.reason, /^Several instances need .*: ip is not installed\. .*iproute2/)
    const isolated = await ask(PLAN, NO_NETWORKS, 1, 'isolated')
    assert.match(isolated.admitted ? '' : isolated.reason, /^Network isolation needs/)
    const plan = { ...PLAN, network: { subnet: '10.0.2.0/24', open: false } }
    const networks = { own: { available: true }, open: { available: true } } as const
    assert.deepEqual(await ask(plan, networks, 244, 'job'), { admitted: true })
    const many = await ask(plan, networks, 245, 'isolated')
    assert.match(many.admitted ? '' : many.reason, /245 instances does not fit into 10\.0\.2\.0\/24.*process\.network/)
  })

  test('with a python that its user can run, whether or not its command exists', async () => {
    assert.deepEqual(await admit(PYTHON), { admitted: true })
    assert.deepEqual(await admit(PYTHON, ['/no/such/program', '/opt/ml/x']), { admitted: true })
  })

  test('not with one that is missing, or that is no python', async () => {
    assert.match(await refusal(join(folder, 'none')), /none does not exist/)
    const wrong = join(folder, 'wrong')
    writeFileSync(wrong, '#!/bin/sh\necho >&2 "I am a shell script"; exit 3\n', { mode: 0o755 })
    assert.match(await refusal(wrong), /wrong does not run[^]*I am a shell script/)
    chmodSync(wrong, 0o644)
    assert.match(await refusal(wrong), /wrong does not run/)
  })

  test(
    'not with one behind a folder that is closed to the job’s user, which is named',
    { skip: !AS_ROOT && 'needs root: only then jobs run as another user' },
    async () => {
      const closed = join(folder, 'closed')
      mkdirSync(join(closed, 'bin'), { recursive: true })
      symlinkSync(PYTHON, join(closed, 'bin/python'))
      chmodSync(closed, 0o700)
      const reason = await refusal(join(closed, 'bin/python'))
      assert.ok(reason.includes(`because ${closed} is closed to it`), reason)
      assert.ok(reason.includes(String(JOB_USER.uid)))
      chmodSync(closed, 0o755)
      assert.deepEqual(await admit(join(closed, 'bin/python')), { admitted: true })
    },
  )

  test('not with one in the data folder, which jobs do not see', async () => {
    chmodSync(dataFolder, 0o755)
    const python = join(dataFolder, 'python')
    symlinkSync(PYTHON, python)
    // The link is what lies there; a copy would have to bring its library along.
    assert.deepEqual(await admit(python), { admitted: true })
    rmSync(python)
    mkdirSync(join(dataFolder, 'env/bin'), { recursive: true })
    symlinkSync(PYTHON, join(dataFolder, 'env/bin/python3'))
    writeFileSync(join(dataFolder, 'env/pyvenv.cfg'), 'home = /usr/bin\n')
    assert.match(await refusal(join(dataFolder, 'env/bin/python3')), /lies in this server's data folder/)
  })

  test('not without an /opt/ml if its command names it', async () => {
    const plan = { ...PLAN, isolation: 'base-dir' } as const
    assert.match(await refusal(PYTHON, ['sh', '-c', 'ls /opt/ml'], plan), /\/opt\/ml[^]*trainyard setup/)
    assert.deepEqual(await admit(PYTHON, ['sh', '-c', 'ls'], plan), { admitted: true })
    assert.deepEqual(await admit(PYTHON, undefined, plan), { admitted: true })
  })
})
