import assert from 'node:assert/strict'
import { readFileSync, readlinkSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { Isolation } from '../../../../src/agent/messages.ts'
import { findOptMlLink } from '../../../../src/runtime/process/opt-ml-link.ts'
import type { Bench } from './bench.ts'
import { isRunning } from './processes.ts'

const ENVIRONMENT = { name: 'test', python: '/usr/bin/env' }

/** What is different where there are no namespaces. */
export function bareTests(bench: () => Bench, isolation: Isolation): void {
  if (isolation === 'link') linkTests(bench)
  if (isolation === 'base-dir') baseDirTests(bench)
  if (isolation !== 'link' && isolation !== 'base-dir') return
  networkTests(bench)
  daemonTests(bench)
}

function daemonTests(bench: () => Bench): void {
  test('a daemon that has thrown its environment away ends with its instance, where control groups know of it', async (t) => {
    const subject = await bench().launch(
      `env -i setsid sh -c "trap '' TERM HUP; echo daemon \\$\\$; while :; do sleep 0.02; done" & while :; do sleep 0.02; done`,
    )
    await subject.startUntil('daemon')
    const pid = Number(/daemon (\d+)/.exec(subject.log)?.[1])
    const { group } = JSON.parse(readFileSync(subject.place.started, 'utf8')) as { group?: object }
    await subject.instance.stop({ graceMs: 50, to: 'all' })
    if (group) return assert.ok(!isRunning(pid))
    // It is nobody's but this test's.
    process.kill(pid, 'SIGKILL')
    t.skip('no control groups here')
  })
}

function networkTests(bench: () => Bench): void {
  test('without namespaces there is one instance a job, and several or isolated ones are refused', async () => {
    const { runtime } = bench()
    const { hosts, jobNetwork } = await runtime.capabilities()
    assert.deepEqual([hosts, jobNetwork], [1, undefined])
    for (const [hosts, network] of [
      [2, 'job'],
      [1, 'isolated'],
    ] as const) {
      const admission = await runtime.admit({
        command: ['true'],
        environment: ENVIRONMENT,
        hosts,
        variables: {},
        network,
      })
      assert.match(admission.admitted ? '' : admission.reason, /a network of the job's own.*trainyard doctor/)
    }
  })
}

function linkTests(bench: () => Bench): void {
  describe('the link /opt/ml', () => {
    test('is one instance at a time; another waits in its launch until that one is destroyed', async () => {
      const first = await bench().launch('echo first >/opt/ml/model/m')
      const { runtime } = bench()
      const spec = bench().spec(['/bin/sh', '-c', 'cat /opt/ml/model/m; echo second >/opt/ml/model/m'])
      const launching = runtime.launch(spec, {})
      assert.deepEqual(await first.run(), { kind: 'exited', code: 0 })
      const link = findOptMlLink()
      assert.ok(link.available)
      assert.equal(readlinkSync(link.link), first.place.ml)
      await first.instance.destroy()
      const second = await launching
      await second.start({})
      // It finds nothing of the first one's.
      assert.deepEqual(await second.wait({}), { kind: 'exited', code: 0 })
    })

    test('is given up by a launch that nobody waits for', async () => {
      const first = await bench().launch('exit 0')
      const spec = bench().spec(['/bin/true'])
      const waiting = new AbortController()
      const launching = bench().runtime.launch(spec, { signal: waiting.signal })
      waiting.abort(new Error('stopped while Starting'))
      await assert.rejects(launching, /stopped while Starting/)
      await (await bench().runtime.find(spec.id))?.destroy()
      assert.deepEqual(await first.run(), { kind: 'exited', code: 0 })
    })
  })
}

function baseDirTests(bench: () => Bench): void {
  describe('without an /opt/ml', () => {
    test('a job whose command names it is refused, with what to do', async () => {
      const admission = await bench().runtime.admit({
        command: ['python3', '/opt/ml/input/data/code/x.py'],
        environment: ENVIRONMENT,
        variables: {},
        hosts: 1,
        network: 'machine',
      })
      assert.ok(!admission.admitted)
      assert.match(admission.reason, /bubblewrap[^]*sudo trainyard setup/)
      const { optMl } = await bench().runtime.capabilities()
      assert.equal(optMl, false)
    })

    test("the platform's own variable names the instance's folder", async () => {
      const variables = { SAGEMAKER_METRICS_DIRECTORY: '/opt/ml/output/metrics/sagemaker', MINE: '/opt/ml/model' }
      const subject = await bench().launch(
        'echo $SAGEMAKER_METRICS_DIRECTORY $MINE; touch $SAGEMAKER_METRICS_DIRECTORY/x',
        { variables },
      )
      assert.deepEqual(await subject.run(), { kind: 'exited', code: 0 })
      assert.equal(subject.log, `${subject.place.ml}/output/metrics/sagemaker /opt/ml/model\n`)
    })
  })
}
