import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { Isolation } from '../../../../src/agent/messages.ts'
import { decodeIndexRecord, INDEX_RECORD_BYTES, INDEX_SUFFIX } from '../../../../src/telemetry/log-format.ts'
import { ML, processesOf, until, type Bench, type Subject } from './bench.ts'
import { isRunning } from './processes.ts'

const LONG = { graceMs: 60_000, to: 'all' } as const
/** Long enough for the signal to be ignored, short for a test. */
const SHORT = { graceMs: 50, to: 'all' } as const
const HANDLER = "trap 'echo asked; exit 7' TERM; echo ready; while :; do sleep 0.02; done"

/**
 * A job that ends once three processes have been told: process 1 of a pid namespace in a user namespace, a child of such a one that has left its parents, and one in
 * a user namespace alone. The parent of the second, process 1 of its namespace, has no handler and waits for it.
 */
const NESTED = `cd ${ML}
unshare --user --map-root-user --pid --fork true || { echo none; exit 9; }
cat >nested.sh <<'END'
trap 'echo told >>told; exit 0' TERM
echo nested
while :; do sleep 0.02; done
END
trap 'until [ "$(grep -c told told 2>/dev/null)" = 3 ]; do sleep 0.02; done; exit 7' TERM
unshare --user --map-root-user --pid --fork sh nested.sh &
(setsid unshare --user --map-root-user --pid --fork sh -c 'sh nested.sh & wait' &)
(setsid unshare --user --map-root-user sh nested.sh &)
while :; do sleep 0.02; done`

/** How commands are stopped, and what becomes of them when a process of ours dies. */
export function lifeTests(bench: () => Bench, isolation: Isolation): void {
  const boxed = isolation === 'bwrap' || isolation === 'unshare'
  const lastingProcess = "trap '' TERM HUP; echo ready; while :; do sleep 0.02; done"

  describe('a stop', () => {
    test('lets a program with a handler end by itself', async () => {
      const subject = await bench().launch(HANDLER)
      await subject.startUntil('ready')
      await subject.instance.stop(LONG)
      assert.deepEqual(await subject.instance.wait({}), { kind: 'exited', code: 7 })
      assert.deepEqual(subject.said, ['ready', 'asked'])
      assert.deepEqual(processesOf(subject), [])
    })

    test('kills a program that ignores it, and a grandchild that hid from it', async () => {
      const hidden = `(setsid sh -c "${lastingProcess.replace('ready', 'hidden')}" &) ; `
      const subject = await bench().launch(hidden + lastingProcess)
      await subject.startUntil('ready')
      await until(() => subject.log.includes('hidden'))
      await subject.instance.stop(SHORT)
      assert.deepEqual(await subject.instance.wait({}), { kind: 'signalled', code: 137 })
      assert.deepEqual(processesOf(subject), [])
    })

    test('kills a program without a handler: as process 1 it ignores the signal, elsewhere it dies of it', async () => {
      const subject = await bench().launch('echo ready; while :; do sleep 0.02; done')
      await subject.startUntil('ready')
      await subject.instance.stop(SHORT)
      const code = boxed ? 137 : 143
      assert.deepEqual(await subject.instance.wait({}), { kind: 'signalled', code })
    })

    test('without grace kills at once, and asks nobody before', async () => {
      const child = 'sh -c \'trap "echo child" TERM; echo ready; while :; do sleep 0.02; done\' & '
      const subject = await bench().launch(`trap 'echo first' TERM; ${child} while :; do sleep 0.02; done`)
      await subject.startUntil('ready')
      const asked = Date.now()
      await subject.instance.stop({ graceMs: 0, to: 'all' })
      assert.deepEqual(await subject.instance.wait({}), { kind: 'signalled', code: 137 })
      assert.ok(((await subject.instance.endedAt()) ?? 0) >= asked)
      assert.deepEqual(subject.said, ['ready'])
      assert.deepEqual(processesOf(subject), [])
    })

    test('reaches every process, or the first one only', async () => {
      const child = 'sh -c \'trap "echo child; exit 0" TERM; echo ready; while :; do sleep 0.02; done\' & '
      // The child says that it is ready after both have their handlers.
      const script = `trap 'echo first; wait; exit 0' TERM; ${child} wait`
      const all = await bench().launch(script)
      await all.startUntil('ready')
      await all.instance.stop(LONG)
      assert.deepEqual(all.said.sort(), ['child', 'first', 'ready'])

      const first = await bench().launch(script)
      await first.startUntil('ready')
      const stopped = first.instance.stop({ graceMs: 60_000, to: 'first' })
      await until(() => first.said.includes('first'))
      await first.instance.stop({ graceMs: 0, to: 'first' })
      await stopped
      assert.deepEqual(first.said.sort(), ['first', 'ready'])
    })

    test('reaches a child that has left its parent and its session too', async (t) => {
      const subject = await bench().launch(
        `(setsid sh -c 'trap "echo told; exit 0" TERM; echo hidden; while :; do sleep 0.02; done' &)
        trap 'while ! grep -q told ${ML}/output/log; do sleep 0.02; done; exit 7' TERM
        while :; do sleep 0.02; done`.replace('echo told', `echo told >${ML}/output/log`),
      )
      await subject.startUntil('hidden')
      const { group } = JSON.parse(readFileSync(subject.place.started, 'utf8')) as { group?: object }
      // Without a pid namespace only control groups know whose child it is.
      if (!boxed && !group) t.skip('no control groups here')
      await subject.instance.stop(boxed || group ? LONG : SHORT)
      if (boxed || group) assert.deepEqual(await subject.instance.wait({}), { kind: 'exited', code: 7 })
      assert.deepEqual(processesOf(subject), [])
    })

    test('reaches processes in pid and user namespaces that the job has made, orphans too, and none is left', async (t) => {
      const subject = await bench().launch(NESTED)
      await subject.instance.start({})
      await until(() => subject.said.includes('none') || subject.said.filter((line) => line === 'nested').length === 3)
      if (subject.said.includes('none')) return t.skip('a job can make no namespaces here')
      const { group } = JSON.parse(readFileSync(subject.place.started, 'utf8')) as { group?: object }
      const reachesAll = boxed || group !== undefined
      await subject.instance.stop(reachesAll ? LONG : SHORT)
      const end = reachesAll ? { kind: 'exited', code: 7 } : { kind: 'signalled', code: 137 }
      assert.deepEqual(await subject.instance.wait({}), end)
      assert.deepEqual(processesOf(subject), [])
    })

    test('that is asked for again, by whomever, is the same stop', async () => {
      const subject = await bench().launch(HANDLER)
      await subject.startUntil('ready')
      await Promise.all([subject.instance.stop(LONG), subject.instance.stop(LONG)])
      await subject.instance.stop(LONG)
      assert.deepEqual(subject.said, ['ready', 'asked'])
    })

    test('goes on when nobody waits for it any more', async () => {
      const subject = await bench().launch(lastingProcess)
      await subject.startUntil('ready')
      const waiting = new AbortController()
      const stop = subject.instance.stop({ graceMs: 200, to: 'all', signal: waiting.signal })
      await until(() => existsSync(subject.place.stop))
      waiting.abort(new Error('nobody waits'))
      await assert.rejects(stop, /nobody waits/)
      assert.deepEqual(await subject.instance.wait({}), { kind: 'signalled', code: 137 })
    })

    test('of what never ran calls it off for good', async () => {
      const subject = await bench().launch('echo ran')
      await subject.instance.stop(LONG)
      await assert.rejects(subject.instance.start({}), { name: 'InstanceError', fault: 'platform' })
      assert.equal((await subject.instance.wait({})).kind, 'lost')
      assert.ok(!existsSync(subject.spec.logFile) || subject.log === '')
    })

    test('races with a start, and one of them wins', async () => {
      for (let round = 0; round < 10; round++) {
        const subject = await bench().launch("trap 'exit 0' TERM; echo ran; sleep 60 & wait")
        const start = subject.instance.start({}).then(
          () => 'ran',
          () => 'called off',
        )
        const [outcome] = await Promise.all([start, subject.instance.stop(SHORT)])
        const end = await subject.instance.wait({})
        assert.equal(outcome === 'called off', end.kind === 'lost')
        assert.deepEqual(processesOf(subject), [])
      }
    })
  })

  describe('a command', () => {
    test('that is started twice runs once', async () => {
      const subject = await bench().launch('echo ran; sleep 0.1')
      await Promise.all([subject.instance.start({}), subject.instance.start({})])
      await subject.instance.start({})
      await subject.instance.wait({})
      await subject.instance.start({})
      assert.equal(subject.log, 'ran\n')
    })

    test('has its log sealed before its end is told', async () => {
      const subject = await bench().launch('echo one; echo two >&2; printf three')
      await subject.run()
      assert.equal(subject.log, 'one\ntwo\nthree')
      const index = readFileSync(subject.spec.logFile + INDEX_SUFFIX)
      const last = decodeIndexRecord(index, index.length / INDEX_RECORD_BYTES - 1)
      assert.deepEqual({ sealed: last.sealed, offset: last.offset }, { sealed: true, offset: 13 })
    })

    test('whose wait is given up runs on', async () => {
      const subject = await bench().launch(HANDLER)
      await subject.startUntil('ready')
      const given = AbortSignal.abort(new Error('given up'))
      await assert.rejects(subject.instance.wait({ signal: given }), /given up/)
      await subject.instance.stop(LONG)
      assert.deepEqual(await subject.instance.wait({}), { kind: 'exited', code: 7 })
    })
  })

  describe('a crash', () => {
    const finish = async (subject: Subject) => {
      await subject.instance.stop(LONG)
      assert.deepEqual(await subject.instance.wait({}), { kind: 'exited', code: 7 })
      assert.deepEqual(subject.said, ['ready', 'asked'])
    }

    test('of the agent goes unnoticed: the next one adopts the command, and whoever waits goes on waiting', async () => {
      const subject = await bench().launch(HANDLER)
      await subject.startUntil('ready')
      const waiting = subject.instance.wait({})
      const before = bench().agentPid()
      await bench().killAgent()
      await finish(subject)
      assert.deepEqual(await waiting, { kind: 'exited', code: 7 })
      await until(() => bench().agentPid() !== before)
    })

    test('of the server leaves the command running, and the next server finds it', async () => {
      const subject = await bench().launch(HANDLER)
      await subject.startUntil('ready')
      await bench().runtime.close()
      await bench().openRuntime()
      const found = await bench().runtime.find(subject.spec.id)
      assert.ok(found)
      await found.start({})
      await found.stop(LONG)
      assert.deepEqual(await found.wait({}), { kind: 'exited', code: 7 })
      assert.deepEqual(subject.said, ['ready', 'asked'])
    })

    test('of both loses no exit code, also of a command that ended meanwhile', async () => {
      const subject = await bench().launch('echo ready; sleep 0.2; echo done; exit 5')
      await subject.startUntil('ready')
      await bench().runtime.close()
      await bench().killAgent()
      await until(() => subject.log.includes('done'))
      await bench().openRuntime()
      const found = await bench().runtime.find(subject.spec.id)
      assert.deepEqual(await found?.wait({}), { kind: 'exited', code: 5 })
    })

    test('of the agent in the middle of a stop lets the next one finish it', async () => {
      const subject = await bench().launch(lastingProcess)
      await subject.startUntil('ready')
      const stop = subject.instance.stop({ graceMs: 600, to: 'all' })
      await until(() => existsSync(subject.place.stop))
      await bench().killAgent()
      await stop
      assert.deepEqual(await subject.instance.wait({}), { kind: 'signalled', code: 137 })
    })

    test('of the waiter loses the exit code, and ends what it waited for', async () => {
      const subject = await bench().launch(lastingProcess)
      await subject.startUntil('ready')
      const waiter = Number.parseInt(readFileSync(subject.place.waiter, 'utf8').split('\n')[1] ?? '', 10)
      process.kill(waiter, 'SIGKILL')
      const end = await subject.instance.wait({})
      assert.equal(end.kind, 'lost')
      assert.deepEqual(processesOf(subject), [])
    })

    test('of the machine is seen by its boot id', async () => {
      const subject = await bench().launch('exit 0')
      const { claim, waiter } = subject.place
      const { writeFileSync } = await import('node:fs')
      writeFileSync(claim, '')
      writeFileSync(waiter, `another-boot\n1 (sh) S 1 ${'0 '.repeat(17)}1 0\n`)
      const end = await subject.instance.wait({})
      assert.equal(end.kind, 'lost')
    })
  })

  describe('an agent', () => {
    test('outlives its server while a command runs, and seals its log', async () => {
      const subject = await bench().launch('echo ready; sleep 0.3; exit 4')
      await subject.startUntil('ready')
      const agent = bench().agentPid()
      await bench().runtime.close()
      await until(() => !isRunning(agent))
      const index = readFileSync(subject.spec.logFile + INDEX_SUFFIX)
      assert.ok(decodeIndexRecord(index, index.length / INDEX_RECORD_BYTES - 1).sealed)
      await bench().openRuntime()
      const found = await bench().runtime.find(subject.spec.id)
      assert.deepEqual(await found?.wait({}), { kind: 'exited', code: 4 })
    })
  })
}
