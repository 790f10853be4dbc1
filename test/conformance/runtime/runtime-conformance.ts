import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { InstanceSpec, Runtime } from '../../../src/runtime/runtime.ts'
import { decodeIndexRecord, INDEX_RECORD_BYTES, INDEX_SUFFIX } from '../../../src/telemetry/log-format.ts'

/** A runtime to be tested, and what it is tested with. */
export interface RuntimeUnderTest extends AsyncDisposable {
  readonly runtime: Runtime
  /** A new instance whose command prints something and ends with 0 after a while. */
  spec(): InstanceSpec
  /** The instances of a new job of two; undefined where this machine allows none. */
  pair(): readonly InstanceSpec[] | undefined
  /** Whether an instance that was destroyed is no longer found. */
  readonly forgets: boolean
  /** Lets time pass, where it does not by itself, until the work is done. */
  settle<T>(work: Promise<T>): Promise<T>
}

/** What every runtime keeps: each step may be asked for again, and an end is an end. */
export function runtimeConformance(name: string, open: () => Promise<RuntimeUnderTest>): void {
  const each = (title: string, run: (under: RuntimeUnderTest) => Promise<void>) =>
    test(title, async () => {
      await using under = await open()
      await run(under)
    })

  describe(`${name} keeps the contract of runtimes:`, () => {
    each('an instance goes from its launch to its end, and is gone when it is destroyed', async (under) => {
      const { runtime } = under
      const spec = under.spec()
      const instance = await under.settle(runtime.launch(spec, {}))
      assert.deepEqual(instance.id, spec.id)
      await under.settle(instance.download([], {}))
      await under.settle(instance.pull({ fetching: () => assert.fail('there is no image to fetch') }))
      assert.equal(await instance.endedAt(), undefined)
      await instance.start({})
      assert.deepEqual(await under.settle(instance.wait({})), { kind: 'exited', code: 0 })
      assert.ok((await instance.endedAt()) !== undefined)
      assert.deepEqual(await under.settle(runtime.collect([spec.id], {})), [])
      await instance.destroy()
      assert.ok(!(await runtime.known()).some(({ jobId }) => jobId === spec.id.jobId))
      if (under.forgets) assert.equal(await runtime.find(spec.id), undefined)
    })

    each('every step may be asked for again, by any number at once', async (under) => {
      const { runtime } = under
      const spec = under.spec()
      const launched = await under.settle(Promise.all([runtime.launch(spec, {}), runtime.launch(spec, {})]))
      const found = await runtime.find(spec.id)
      assert.ok(found)
      assert.deepEqual(await runtime.known(), [spec.id])
      const instances = [...launched, found]
      await under.settle(Promise.all(instances.map((instance) => instance.download([], {}))))
      await Promise.all(instances.map((instance) => instance.start({})))
      const ends = await under.settle(Promise.all(instances.map((instance) => instance.wait({}))))
      for (const end of ends) assert.deepEqual(end, { kind: 'exited', code: 0 })
      await found.start({})
      assert.deepEqual(await found.wait({}), { kind: 'exited', code: 0 })
      await Promise.all(instances.map(() => under.settle(runtime.collect([spec.id], {}))))
      await Promise.all(instances.map((instance) => instance.destroy()))
    })

    each('the log is there, and sealed, when the end is told', async (under) => {
      const spec = under.spec()
      const instance = await under.settle(under.runtime.launch(spec, {}))
      await under.settle(instance.download([], {}))
      await instance.start({})
      await under.settle(instance.wait({}))
      const size = readFileSync(spec.logFile).length
      const index = readFileSync(spec.logFile + INDEX_SUFFIX)
      const last = decodeIndexRecord(index, index.length / INDEX_RECORD_BYTES - 1)
      assert.ok(size > 0)
      assert.deepEqual({ offset: last.offset, sealed: last.sealed }, { offset: size, sealed: true })
      await instance.destroy()
      assert.equal(readFileSync(spec.logFile).length, size)
    })

    each('a stop ends the command, and may be asked for again', async (under) => {
      const instance = await under.settle(under.runtime.launch(under.spec(), {}))
      await under.settle(instance.download([], {}))
      await instance.start({})
      const stop = { graceMs: 20, to: 'all' } as const
      await under.settle(Promise.all([instance.stop(stop), instance.stop(stop)]))
      const end = await under.settle(instance.wait({}))
      assert.notDeepEqual(end, { kind: 'exited', code: 0 })
      await under.settle(instance.stop(stop))
      assert.deepEqual(await instance.wait({}), end)
    })

    each('a stop of what never ran is no error, and leaves nothing that runs', async (under) => {
      const instance = await under.settle(under.runtime.launch(under.spec(), {}))
      await under.settle(instance.stop({ graceMs: 20, to: 'all' }))
      await instance.start({}).catch(() => undefined)
      assert.notDeepEqual(await under.settle(instance.wait({})), { kind: 'exited', code: 0 })
    })

    each('giving up a wait rejects with the reason and ends nothing', async (under) => {
      const instance = await under.settle(under.runtime.launch(under.spec(), {}))
      await under.settle(instance.download([], {}))
      await instance.start({})
      const waiting = new AbortController()
      const wait = instance.wait({ signal: waiting.signal })
      waiting.abort(new Error('given up'))
      await assert.rejects(wait, /given up/)
      assert.deepEqual(await under.settle(instance.wait({})), { kind: 'exited', code: 0 })
    })

    each(
      'two instances of one job go their ways, are packed together, and each is gone when it is destroyed',
      async (under) => {
        const { runtime } = under
        const specs = under.pair()
        const { hosts } = await runtime.capabilities()
        if (!specs) return assert.equal(hosts, 1)
        assert.ok(hosts >= 2)
        const instances = await under.settle(Promise.all(specs.map((spec) => runtime.launch(spec, {}))))
        await under.settle(Promise.all(instances.map((instance) => instance.download([], {}))))
        await under.settle(Promise.all(instances.map((instance) => instance.start({}))))
        const ends = await under.settle(Promise.all(instances.map((instance) => instance.wait({}))))
        for (const end of ends) assert.deepEqual(end, { kind: 'exited', code: 0 })
        const ids = specs.map(({ id }) => id)
        assert.deepEqual(await under.settle(runtime.collect(ids, {})), [])
        const [first, second] = instances
        assert.ok(first && second)
        await first.destroy()
        assert.deepEqual(await runtime.known(), [second.id])
        await second.destroy()
        assert.deepEqual(await runtime.known(), [])
      },
    )

    each('nothing is found that was never launched, and closing may be repeated', async (under) => {
      if (under.forgets) assert.equal(await under.runtime.find(under.spec().id), undefined)
      await under.runtime.close()
      await under.runtime.close()
    })
  })
}
