import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, test } from 'node:test'
import type { Isolation } from '../../../../src/agent/messages.ts'
import type { ChannelFile, InstanceId, InstanceSpec } from '../../../../src/runtime/runtime.ts'
import { ML, Subject, type Bench } from './bench.ts'

const DATA = `${ML}/input/data`

/** What one instance leaves to the next (warm pools). */
export function warmTests(bench: () => Bench, isolation: Isolation): void {
  const isOverlaid = isolation === 'bwrap' || isolation === 'unshare'
  const channel = (name: string, files: readonly ChannelFile[]) => ({
    name,
    files: (async function* () {
      yield* files
    })(),
  })
  const launch = async (script: string, more: Partial<InstanceSpec>) => {
    const spec = { ...bench().spec(['/bin/sh', '-c', script], { channels: ['same', 'other'] }), ...more }
    return new Subject(bench(), await bench().runtime.launch(spec, {}), spec)
  }
  const file = (path: string, text: string): ChannelFile => ({
    path,
    size: text.length,
    source: bench().blob(`warm-${text}`, text),
  })
  /** An instance that does its worst to its data, and has left its inputs. */
  const leaving = async (files: { readonly same: ChannelFile[]; readonly other: ChannelFile[] }) => {
    const script = `echo secret >${ML}/model/m; echo secret >${ML}/output/data/o; cd ${DATA}/same && chmod 777 a && echo changed >a && rm b && touch mine; echo x >${DATA}/mine`
    const first = await launch(script, { leavesInputs: true })
    await first.instance.download([channel('same', files.same), channel('other', files.other)], {})
    assert.deepEqual(await first.run(), { kind: 'exited', code: 0 }, first.log)
    await first.instance.destroy({ inputs: true })
    return first
  }
  const SHOW = `cd ${DATA} && find . -type f | sort && cat same/a same/b other/* && find ${ML}/model ${ML}/output -type f`

  describe('a warm instance', () => {
    // Instances of earlier tests may have the one link: a launch through the bench ends them.
    beforeEach(async () => {
      if (isolation === 'link') await (await bench().launch('exit 0')).instance.destroy()
    })

    test('takes unchanged channels over as they came, fetches changed ones, and sees nothing else of the one before', async () => {
      const same = [file('a', 'one'), file('b', 'two')]
      const first = await leaving({ same, other: [file('c', 'old')] })
      assert.ok(!existsSync(first.place.ml) && !existsSync(first.place.scratch) && !existsSync(first.place.environ))
      const second = await launch(SHOW, { warm: first.spec.id })
      const { takenOver } = await second.instance.download(
        [channel('same', same), channel('other', [file('c', 'new')])],
        {},
      )
      assert.deepEqual(takenOver, isOverlaid ? ['same'] : [])
      assert.deepEqual(await second.run(), { kind: 'exited', code: 0 }, second.log)
      assert.equal(second.log, './other/c\n./same/a\n./same/b\nonetwonew')
      await first.instance.destroy()
      await second.instance.destroy()
      for (const { source } of same) assert.equal(statSync(source).mode & 0o777, 0o600)
    })

    test('fetches nothing of an unchanged channel', async () => {
      if (!isOverlaid) return
      const same = [file('a', 'three'), file('b', 'four')]
      const first = await leaving({ same, other: [file('c', 'five')] })
      for (const { source } of same) renameSync(source, `${source}.away`)
      const second = await launch(`cat ${DATA}/same/*`, { warm: first.spec.id })
      const { takenOver } = await second.instance.download(
        [channel('same', same), channel('other', [file('c', 'five')])],
        {},
      )
      assert.deepEqual(takenOver, ['same', 'other'])
      // Asked again, as after a crash, the answer is the same.
      assert.deepEqual((await second.instance.download([], {})).takenOver, ['same', 'other'])
      await second.run()
      assert.equal(second.log, 'threefour')
      await first.instance.destroy()
      await second.instance.destroy()
    })

    test('fetches everything where the one before is gone, never was, or is about to be removed', async () => {
      const same = [file('a', 'six'), file('b', 'seven')]
      const channels = () => [channel('same', same), channel('other', [file('c', 'eight')])]
      const gone = await leaving({ same, other: [file('c', 'eight')] })
      await gone.instance.destroy()
      const half = await leaving({ same, other: [file('c', 'eight')] })
      renameSync(half.place.downloaded, `${half.place.downloaded}.gone`)
      const never: InstanceId = { jobId: 'never', attempt: 1, host: 'algo-1' }
      for (const warm of [gone.spec.id, half.spec.id, never]) {
        const second = await launch(`cat ${DATA}/same/*`, { warm })
        assert.deepEqual(await second.instance.download(channels(), {}), { takenOver: [] })
        await second.run()
        assert.equal(second.log, 'sixseven')
        await second.instance.destroy()
      }
      const { folder } = half.place
      await half.instance.destroy()
      assert.ok(!existsSync(folder))
    })

    test('may be kept for inspection and leave its inputs as well', async () => {
      const first = await launch(`echo m >${ML}/model/m`, { leavesInputs: true })
      await first.instance.download([channel('same', [file('a', 'nine')]), channel('other', [])], {})
      await first.run()
      await first.instance.destroy({ keep: true, inputs: true })
      const { place } = first
      assert.equal(readFileSync(join(place.ml, 'model/m'), 'utf8'), 'm\n')
      assert.equal(existsSync(join(place.overlays, 'same/lower/a')), isOverlaid)
      await first.instance.destroy({ keep: true })
      assert.ok(existsSync(join(place.ml, 'model/m')) && !existsSync(place.overlays))
      await first.instance.destroy()
      assert.ok(!existsSync(place.folder) && !readdirSync(join(bench().dataFolder, 'jobs')).includes(place.id.jobId))
    })
  })
}
