import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { commandToRun } from '../../src/agent/command.ts'
import type { InstanceSpec } from '../../src/runtime/runtime.ts'
import { resources } from '../support/resources.ts'

function spec(python: string, command?: readonly string[]): InstanceSpec {
  return {
    id: { jobId: 'job', attempt: 1, host: 'algo-1' },
    hosts: ['algo-1'],
    network: 'machine',
    environment: { name: 'test', python },
    resources: resources(),
    command,
    variables: {},
    configFiles: {},
    channels: [],
    logFile: '/none',
    logMaxBytes: 1,
  }
}

describe('what an instance runs is', () => {
  test('the request’s command, where it has one', () => {
    assert.deepEqual(commandToRun(spec('/e/bin/python', ['a', 'b']), '/tmp'), ['a', 'b'])
  })

  test('our launcher in the environment’s python, where it has none', () => {
    assert.deepEqual(commandToRun(spec('/e/bin/python'), '/tmp'), ['/e/bin/python', '/tmp/trainyard/launcher.py'])
  })

  test('the training toolkit’s own `train`, where that is installed', () => {
    const prefix = mkdtempSync(join(tmpdir(), 'trainyard-environment-'))
    mkdirSync(join(prefix, 'lib/python3.12/site-packages/sagemaker_training'), { recursive: true })
    mkdirSync(join(prefix, 'bin'))
    const python = join(prefix, 'bin/python3')
    assert.match(commandToRun(spec(python), '/tmp')[1] ?? '', /launcher/)
    writeFileSync(join(prefix, 'bin/train'), '')
    assert.deepEqual(commandToRun(spec(python), '/tmp'), [join(prefix, 'bin/train')])
    rmSync(prefix, { recursive: true })
  })
})
