import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { Isolation } from '../../../../src/agent/messages.ts'
import { ML, processesOf, type Bench } from './bench.ts'

/** What goes into an instance and what comes out of it. */
export function dataTests(bench: () => Bench, isolation: Isolation): void {
  const boxed = isolation === 'bwrap' || isolation === 'unshare'

  describe('a channel', () => {
    /** Few files are copied; so many become an overlay where that can be had. */
    for (const count of [3, 300]) {
      test(`of ${count} files is the job's own: what it does to them never reaches the stored objects`, async () => {
        const files = Array.from({ length: count }, (_, index) => ({
          path: `d${index % 7}/file ${index}`,
          size: 6,
          source: bench().blob(`blob-${count}-${index}`, 'stored'),
        }))
        const data = `${ML}/input/data/train`
        const script = `cd ${data} && find . -type f | wc -l && cat "d1/file 1" && chmod -R u+rwX,go-w . && chmod 755 "d1/file 1" && echo more >>"d1/file 1" && rm "d2/file 2" && touch d1/new && mv d0 moved && cat "d1/file 1"`
        const subject = await bench().launch(script, { channels: ['train'] })
        await subject.fill('train', files)
        assert.deepEqual(await subject.run(), { kind: 'exited', code: 0 }, subject.log)
        assert.equal(subject.log, `${count}\nstoredstoredmore\n`)
        for (const { source } of files) {
          assert.equal(readFileSync(source, 'utf8'), 'stored')
          assert.equal(statSync(source).mode & 0o777, 0o600)
        }
        assert.equal(existsSync(`${subject.place.overlays}/train/lower`), boxed && count === 300)
        const { folder } = subject.place
        await subject.instance.destroy()
        assert.ok(!existsSync(folder))
      })
    }

    test('of ten thousand files arrives whole', async () => {
      const source = bench().blob('small', 'x'.repeat(1000))
      const files = Array.from({ length: 10_000 }, (_, index) => ({
        path: `${index % 100}/${index}`,
        size: 1000,
        source,
      }))
      const subject = await bench().launch(`cd ${ML}/input/data/many && find . -type f | wc -l; cat */* | wc -c`, {
        channels: ['many'],
      })
      await subject.fill('many', files)
      await subject.run()
      assert.equal(subject.log, '10000\n10000000\n')
    })

    test('with a name that means something to a shell, a mount or a line keeps it', async () => {
      const names = ["it's", 'a b', 'two\nlines', 'back\\slash', '\u2028', '-rf', '*']
      const files = names.map((path, index) => ({ path, size: 1, source: bench().blob(`odd-${index}`, 'y') }))
      const subject = await bench().launch('exit 0', { channels: ['odd'] })
      await subject.fill('odd', files)
      assert.deepEqual(readdirSync(`${subject.place.ml}/input/data/odd`).sort(), names.sort())
    })

    test("whose object is gone fails as the client's error", async () => {
      const subject = await bench().launch('exit 0', { channels: ['train'] })
      const missing = { path: 'x', size: 1, source: `${bench().dataFolder}/objects/blobs/none` }
      await assert.rejects(subject.fill('train', [missing]), {
        name: 'InstanceError',
        fault: 'client',
        message: /Unable to download object x of channel train/,
      })
    })

    test("with two objects of one name fails as the client's error", async () => {
      const source = bench().blob('clash', 'z')
      for (const paths of [
        ['a', 'a/b'],
        ['a/b', 'a'],
        ['a', 'a'],
      ]) {
        const subject = await bench().launch('exit 0', { channels: ['train'] })
        const files = paths.map((path) => ({ path, size: 1, source }))
        await assert.rejects(
          subject.fill('train', files),
          { name: 'InstanceError', fault: 'client', message: /same file name/ },
          paths.join(' '),
        )
      }
    })

    test('never leaves its folder', async () => {
      const source = bench().blob('outside', 'z')
      for (const path of ['../x', '/etc/x', 'a/../../x', 'a//b', '.']) {
        const subject = await bench().launch('exit 0', { channels: ['train'] })
        await assert.rejects(
          subject.fill('train', [{ path, size: 1, source }]),
          { name: 'InstanceError', fault: 'client' },
          path,
        )
      }
    })

    test('is brought in once, and from the beginning after it failed', async () => {
      const source = bench().blob('again', 'v')
      const subject = await bench().launch(`ls ${ML}/input/data/train`, { channels: ['train'] })
      await assert.rejects(
        subject.fill('train', [
          { path: 'old', size: 1, source },
          { path: 'x', size: 1, source: '/no/such' },
        ]),
      )
      await subject.fill('train', [{ path: 'new', size: 1, source }])
      await subject.fill('train', [{ path: 'ignored', size: 1, source }])
      await subject.run()
      assert.equal(subject.log, 'new\n')
    })
  })

  describe('artifacts', () => {
    const listing = (path: string) =>
      execFileSync('tar', ['-tzf', path], { encoding: 'utf8' }).trim().split('\n').sort()

    test('hold what the job left, each member relative to its folder', async () => {
      const subject = await bench().launch(
        `cd ${ML}/model && mkdir -p deep/er empty && head -c 3000000 /dev/urandom >deep/er/weights && echo m >m && chmod 640 m && echo o >../output/data/o && cksum deep/er/weights`,
      )
      await subject.run()
      const artifacts = await subject.collect()
      assert.deepEqual(
        artifacts.map(({ kind }) => kind),
        ['model', 'output'],
      )
      const [model, output] = artifacts
      assert.deepEqual(listing(model?.path ?? ''), ['deep/', 'deep/er/', 'deep/er/weights', 'empty/', 'm'])
      assert.deepEqual(listing(output?.path ?? ''), ['o'])
      const bytes = readFileSync(model?.path ?? '')
      assert.deepEqual(
        { size: model?.size, md5: model?.md5 },
        { size: bytes.length, md5: createHash('md5').update(bytes).digest('hex') },
      )
      const unpacked = execFileSync('sh', ['-c', `tar -xzOf "$0" deep/er/weights | cksum`, model?.path ?? ''], {
        encoding: 'utf8',
      })
      assert.ok(subject.log.startsWith(unpacked.trim().slice(0, -2)), subject.log)
    })

    test('are none where the job left nothing', async () => {
      const subject = await bench().launch('exit 0')
      await subject.run()
      assert.deepEqual(await subject.collect(), [])
    })

    test('are the same when asked for again, also when they have been taken away', async () => {
      const subject = await bench().launch(`echo m >${ML}/model/m`)
      await subject.run()
      const first = await subject.collect()
      for (const { path } of first) renameSync(path, `${path}.taken`)
      assert.deepEqual(await subject.collect(), first)
    })

    test('never hold a file of the machine, and wait for nothing', async () => {
      const script = [
        `cd ${ML}/model`,
        'ln -s /etc/passwd absolute',
        'ln -s ../../../../../../../../../../../../etc/passwd relative',
        'ln -s ../.. up',
        'ln -s /etc etc',
        'ln -s loop loop',
        'ln -s . self',
        'mkfifo fifo',
        'mkdir -p real/deep && echo kept >real/deep/file',
        'ln -s real/deep inside',
        'ln -s real/deep/file linked',
        `ln -s /proc/self/environ environ`,
        isolation === 'base-dir'
          ? 'ln -s "$SAGEMAKER_BASE_DIR"/input/config/hyperparameters.json config'
          : 'ln -s /opt/ml/input/config/hyperparameters.json config',
        'mkdir locked && echo l >locked/l && chmod 700 locked',
      ].join(' && ')
      const subject = await bench().launch(script)
      assert.deepEqual(await subject.run(), { kind: 'exited', code: 0 })
      const [model] = await subject.collect()
      const members = listing(model?.path ?? '')
      assert.deepEqual(members, [
        'config',
        'inside/',
        'inside/file',
        'linked',
        'locked/',
        'locked/l',
        'real/',
        'real/deep/',
        'real/deep/file',
      ])
      assert.ok(!execFileSync('tar', ['-xzOf', model?.path ?? ''], { encoding: 'utf8' }).includes('root:'))
    })

    test('survive a workspace whose folders the job has replaced', async () => {
      const subject = await bench().launch(
        `cd ${ML} && rmdir model && ln -s /etc model && rm -r output && ln -s / output`,
      )
      await subject.run()
      assert.deepEqual(await subject.collect(), [])
    })

    test('keep names that are no UTF-8 readable, and long ones whole', async () => {
      const long = 'n'.repeat(200)
      const subject = await bench().launch(
        `cd ${ML}/model && mkdir ${long} && echo x >${long}/${long} && printf bytes >"$(printf 'caf\\351')"`,
      )
      await subject.run()
      const [model] = await subject.collect()
      const members = execFileSync('tar', ['-tzf', model?.path ?? ''], { encoding: 'utf8' })
      assert.ok(members.includes(`${long}/${long}\n`))
      assert.equal(members.trim().split('\n').length, 3)
    })

    test(
      'may come from an overlay, where the job sees it',
      { skip: !boxed && 'there is no overlay without a box' },
      async () => {
        const files = Array.from({ length: 300 }, (_, index) => ({
          path: `f${index}`,
          size: 1,
          source: bench().blob(`ov-${index}`, String(index)),
        }))
        const subject = await bench().launch(
          'cd /opt/ml/input/data/train && echo changed >f2 && rm f3 && echo new >f300 && for f in f1 f2 f3 f300; do ln -s /opt/ml/input/data/train/$f /opt/ml/model/$f; done',
          { channels: ['train'] },
        )
        await subject.fill('train', files)
        await subject.run()
        const [model] = await subject.collect()
        assert.deepEqual(listing(model?.path ?? ''), ['f1', 'f2', 'f300'])
        assert.equal(execFileSync('tar', ['-xzOf', model?.path ?? ''], { encoding: 'utf8' }), '1changed\nnew\n')
      },
    )
  })

  describe('destroying', () => {
    test('leaves nothing: no process, no folder, whatever the job has locked', async () => {
      const subject = await bench().launch(
        `cd ${ML}/model && mkdir -p a/b && touch a/b/c && chmod 000 a/b && chmod 500 a && trap '' TERM; (setsid sleep 60 &); echo ready; while :; do sleep 0.02; done`,
      )
      await subject.startUntil('ready')
      const { place } = subject
      await subject.instance.destroy()
      await subject.instance.destroy()
      assert.deepEqual(processesOf(subject), [])
      assert.ok(!existsSync(place.folder) && !existsSync(place.ml))
      assert.equal(await bench().runtime.find(subject.spec.id), undefined)
      assert.ok(existsSync(subject.spec.logFile), 'its log stays')
    })

    test('may keep the workspace, without what is secret, until it is destroyed again', async () => {
      const subject = await bench().launch(`echo m >${ML}/model/m`)
      await subject.run()
      await subject.instance.destroy({ keep: true })
      assert.ok(existsSync(`${subject.place.ml}/model/m`))
      assert.ok(!existsSync(subject.place.environ))
      const found = await bench().runtime.find(subject.spec.id)
      await found?.destroy()
      assert.equal(await bench().runtime.find(subject.spec.id), undefined)
    })

    test('of what was launched by halves removes that half', async () => {
      const subject = await bench().launch('exit 0')
      const { launched, folder, ml } = subject.place
      renameSync(launched, `${launched}.gone`)
      await (await bench().runtime.find(subject.spec.id))?.destroy()
      assert.ok(!existsSync(folder) && !existsSync(ml))
    })
  })
}
