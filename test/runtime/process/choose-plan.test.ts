import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ISOLATIONS } from '../../../src/agent/messages.ts'
import { choosePlan, reportIsolations } from '../../../src/runtime/process/choose-plan.ts'
import { AS_ROOT, JOB_USER } from './support/bench.ts'

const USER = AS_ROOT ? { jobUser: JOB_USER } : {}

describe('the isolation of instances', () => {
  test('is the best that this machine allows, and what was tried leaves nothing behind', async () => {
    const dataFolder = mkdtempSync('/var/tmp/trainyard-test-')
    const report = await reportIsolations({ dataFolder, ...USER })
    const best = ISOLATIONS.find((isolation) => report[isolation].available)
    const { plan } = await choosePlan({
      dataFolder,
      config: { isolation: 'auto', uid: JOB_USER.uid, network: '10.0.2.0/24', limits: 'off', pids: 64 },
      launcher: '',
      ...USER,
    })
    assert.equal(plan.isolation, best)
    for (const probed of Object.values(report)) assert.ok(probed.available || probed.reason.length > 0)
    const left = existsSync(join(dataFolder, 'agent')) ? readdirSync(join(dataFolder, 'agent')) : []
    assert.deepEqual(left, [])
    rmSync(dataFolder, { recursive: true })
  })

  test(
    'that is asked for and cannot be had is refused, with the reason',
    { skip: existsSync('/opt/ml') && 'this machine has an /opt/ml' },
    async () => {
      const dataFolder = mkdtempSync('/var/tmp/trainyard-test-')
      const config = { isolation: 'link', uid: JOB_USER.uid, network: '10.0.2.0/24', limits: 'off', pids: 64 } as const
      await assert.rejects(choosePlan({ dataFolder, config, launcher: '', ...USER }), {
        name: 'IsolationError',
        code: 'ISOLATION_UNAVAILABLE',
        message: /link[^]*there is no \/opt\/ml[^]*trainyard setup/,
      })
      rmSync(dataFolder, { recursive: true })
    },
  )

  test('never needs a mount for what has none', async () => {
    const dataFolder = mkdtempSync('/var/tmp/trainyard-test-')
    const config = {
      isolation: 'base-dir',
      uid: JOB_USER.uid,
      network: '10.0.2.0/24',
      limits: 'off',
      pids: 64,
    } as const
    const { plan } = await choosePlan({ dataFolder, config, launcher: '', ...USER })
    assert.deepEqual([plan.isolation, plan.overlay], ['base-dir', false])
    // A root's job reaches its workspace by its path, so that is not in the closed data folder.
    assert.equal(plan.workspaces !== undefined, AS_ROOT)
    rmSync(dataFolder, { recursive: true })
  })
})
